"""Names a record of a database in an error."""

from __future__ import annotations

from caffe2torch.errors import C2TError


def record_name(path: str, key: bytes) -> str:
    """Name a record in an error."""
    return f'database "{path}", record "{key.decode(errors="backslashreplace")}"'


class at_record:
    """Names the record in whatever is raised inside."""

    def __init__(self, path: str, key: bytes) -> None:
        self.path, self.key = path, key

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, C2TError):
            error.message = f"{record_name(self.path, self.key)}: {error.message}"
