"""Data errors that know which field of the layer, or which record, they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from caffe2torch.errors import C2TError, DataError


class FieldError(DataError):
    """A DataError about one field; `field` is a dotted path such as "data_param.source"."""

    def __init__(self, message: str, *, field: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field


@contextmanager
def about(field: str) -> Iterator[None]:
    """Make a DataError raised inside one about `field`, unless it is about another already."""
    try:
        yield
    except FieldError:
        raise
    except DataError as error:
        raise FieldError(error.message, field=field, hint=error.hint) from error.__cause__


class at_record:
    """Names the record in whatever is raised inside."""

    def __init__(self, path: str, key: bytes | memoryview) -> None:
        self.path, self.key = path, key

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, C2TError):
            error.message = f"{record_name(self.path, self.key)}: {error.message}"


def record_name(path: str, key: bytes | memoryview) -> str:
    """Name a record in an error."""
    return f'database "{path}", record "{bytes(key).decode(errors="backslashreplace")}"'
