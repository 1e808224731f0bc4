"""Data errors that know which field of the layer they are about, so that they point at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from caffe2torch.errors import DataError


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
