"""Whether files can be opened, asked before anything else is done with them."""

from __future__ import annotations

from caffe2torch import inputs


def check_file(path: str) -> None:
    """Raise RuntimeError if a file cannot be opened for reading, as pycaffe does."""
    try:
        inputs.opened(path).close()
    except OSError as error:
        raise RuntimeError(f"Could not open file {path}") from error
