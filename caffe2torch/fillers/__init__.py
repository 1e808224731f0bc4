"""Weight fillers, one file each: `fill` writes a blob, `spread` tells the linter what to expect.

A filler file holds a class with Caffe's name of the filler in `type`. Random fillers draw from
the torch generator that they are given, so a seed fixes the weights.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers.base import Filler
from caffe2torch.registry import Registry, declared

if TYPE_CHECKING:
    import torch

registry = Registry("caffe2torch.fillers", "filler")


@cache
def find(type_: str) -> Filler:
    """The filler called `type_`; raises UnsupportedError listing the known ones."""
    if type_ in registry:
        for kind in declared(registry.find(type_), Filler):
            if kind.type == type_:
                return kind()
    from caffe2torch.errors import UnsupportedError

    raise UnsupportedError(f'unknown filler "{type_}"', hint=f"fillers: {', '.join(names())}")


def names() -> list[str]:
    """The fillers as a net spells them."""
    return [kind.type for module in registry.all() for kind in declared(module, Filler)]


def check(filler: pb.FillerParameter | None, shape: tuple[int, ...], field: str = "") -> None:
    """Refuse what Caffe refuses when it fills a blob of `shape`.

    Raises ShapeError whose field lies inside `field`, such as "scale_param.filler".
    """
    from caffe2torch.errors import UnsupportedError

    try:
        filler = filler if filler is not None else pb.FillerParameter()
        find(filler.type).check(filler, shape)
    except ShapeError as error:
        error.field = ".".join(part for part in (field, error.field) if part)
        raise
    except UnsupportedError as error:
        where = f"{field}.type" if field else ""
        raise ShapeError(error.message, field=where, hint=error.hint) from None


def fill(blob: torch.Tensor, filler: pb.FillerParameter | None, generator: torch.Generator) -> None:
    """Fill `blob` (float32, Caffe's shape) in place; no filler means Caffe's default, zeros."""
    if filler is None:
        blob.zero_()
        return
    find(filler.type).fill(blob, filler, generator)
