"""What goes wrong while a net computes, as an error that says where."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from caffe2torch.errors import C2TError, DataError, RunError
from caffe2torch.module.build import EMITTED


@contextmanager
def explained() -> Iterator[None]:
    """Make what torch raises in the block a C2TError; among several processes it stays as it is."""
    try:
        yield
    except (RuntimeError, IndexError, ValueError) as error:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            raise  # the process that failed first is the one to explain
        raise explanation(error) from error


def explanation(error: Exception) -> C2TError:
    """Return an error that quotes the line of the net's source and torch's reason.

    A machine without enough memory is no fault of the files: RunError.
    """
    reason = str(error).partition("\n")[0]
    if isinstance(error, torch.OutOfMemoryError) or "allocate memory" in reason:
        return RunError(f"not enough memory: {reason}", hint="a smaller batch_size needs less")
    line = _line(error)
    place = f"the net fails at `{line}`" if line else "the net fails"
    return DataError(
        f"{place}: {reason}",
        hint="labels and indices must lie in the range that the layer counts, and sizes above 0",
    )


def _line(error: Exception) -> str:
    """The line of the forward that was running, "" if none was."""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(f"<{EMITTED}"):
            return linecache.getline(frame.filename, frame.lineno or 0).strip()
    return ""
