"""Stands for a layer whose function is not known, as a class whose forward is still to be written.

The class has the layer's parameters as the net writes them, and the shapes of its weights as a
caffemodel holds them; the layers around it are whole.
"""

from __future__ import annotations

import json
import linecache
import re
import sys
import types
from collections.abc import Iterator, Sequence
from functools import cache

from caffe2torch.errors import DataError
from caffe2torch.format.text import Block
from caffe2torch.format.values import string_of
from caffe2torch.layers.base import Blob, Layer, Shape, Site
from caffe2torch.layers.code import Code, literal

TEXT = '''from typing import Any

from caffe2torch.layers.lazy import nn, torch


class {name}(nn.Module):
    """A layer of type {type}, whose forward is to be written.{forks}

    params: what the net says of it; blobs: shapes of its weights, in the caffemodel's order;
    known:  what it takes and gives
    """

    def __init__(self, params: dict[str, Any], blobs: Any = (), known: str = "") -> None:
        super().__init__()
        self.params, self.known = params, known
        for i, shape in enumerate(blobs):
            self.register_parameter(f"blob{{i}}", nn.Parameter(torch.empty(shape)))

    def forward(self, *bottoms: torch.Tensor) -> Any:
        """The tops from the bottoms."""
        raise NotImplementedError(f"the forward of {name} is not written: it {{self.known}}")
'''
WIRING = frozenset({
    "name", "type", "bottom", "top", "include", "exclude", "param", "blobs", "blobs_lr",
    "weight_decay", "loss_weight", "propagate_down", "phase", "blob_share_mode",
})  # fmt: skip
"""Fields of a layer that say where it stands in the net, and not what it computes."""


class Stub(Layer):
    """One layer of which only a class is written.

    type:    the name of the class, so that nobody takes it for the type it stands for
    known:   the layer type, where its shapes are known
    weights: shapes of its parameter blobs, where a file of weights has them
    block:   the layer's text, with the fields that no schema has
    forks:   public forks that define the type
    """

    bottoms, tops = (0, None), (0, None)
    stands_in = True

    def __init__(
        self, type_: str, known: Layer | None, weights: Sequence[Shape], block: Block,
        forks: Sequence[str] = (), source: bool = False,
    ) -> None:  # fmt: skip
        self.written_type, self.type = type_, class_name(type_)  # type: ignore[misc]
        self.known, self.weights, self.block = known, tuple(weights), block
        self.forks = tuple(forks)
        self.source = source  # type: ignore[misc]
        self.loss = known.loss if known else "loss" in type_.lower()  # type: ignore[misc]
        self.assumed_tops: list[str] = []

    def counts(self, x: Site) -> tuple[tuple[int, None], tuple[int, None]]:
        """Any numbers: a loss without a top has one."""
        return (0, None), (1 if self.loss else 0, None)

    def shapes(self, x: Site) -> list[Shape]:
        if self.known:
            return self.known.shapes(x)
        if self.loss:
            return [()] * x.n_tops
        self.assumed_tops = list(x.top_names)
        raise DataError("the shapes of its tops are not known")

    def assumed(self, x: Site) -> list[Shape]:
        """Its first bottom's shape for each top; an image without a bottom."""
        return [x.bottoms[0] if x.bottoms else (1, 3, 224, 224)] * x.n_tops

    def blobs(self, x: Site) -> dict[str, Blob]:
        shapes = self.weights
        if self.known and not shapes:
            shapes = tuple(blob.shape for blob in self.known.blobs(x).values())
        return {f"blob{i}": Blob(shape) for i, shape in enumerate(shapes)}

    def home(self) -> str:
        return written(self.type, self.written_type, self.forks).__name__

    def code(self, x: Site) -> Code:
        parts = [self.type, _braced(_values(self.block))]
        blobs = tuple(blob.shape for blob in self.blobs(x).values())
        parts += [f"blobs={literal(blobs)}"] if blobs else []
        text = f"{parts[0]}({', '.join([*parts[1:], f'known={literal(self._known(x))}'])})"
        return Code(text)

    def _known(self, x: Site) -> str:
        takes = ", ".join(map(_shaped, x.bottom_names, x.bottoms)) or "no bottom"
        assumed = " (of assumed shapes)" if self.assumed_tops else ""
        return f"takes {takes} and gives {', '.join(x.top_names) or 'nothing'}{assumed}"


def class_name(type_: str) -> str:
    """The name of the class of a type: DenseBlockLayer."""
    plain = re.sub(r"\W", "_", type_, flags=re.ASCII).strip("_") or "Unnamed"
    plain = plain[0].upper() + plain[1:]
    plain = plain if plain[0].isalpha() else f"Type{plain}"
    return plain if plain.endswith("Layer") else f"{plain}Layer"


@cache
def written(name: str, type_: str, forks: tuple[str, ...]) -> types.ModuleType:
    """The module that holds the class of a type; its text is copied into emitted source."""
    known = f"\n\n    Public forks of Caffe that define it: {', '.join(forks)}." if forks else ""
    printable = re.sub(r"[^ !#-\[\]-~]", "?", type_)
    source = TEXT.format(name=name, type=printable, forks=known)
    module = types.ModuleType(f"{__name__}.{name}")
    module.__file__ = f"<{module.__name__}>"
    linecache.cache[module.__file__] = (
        len(source), None, source.splitlines(True), module.__file__
    )  # fmt: skip
    sys.modules[module.__name__] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    return module


def _shaped(name: str, shape: Shape) -> str:
    return f"{name} {shape}"


def _values(block: Block) -> Iterator[tuple[str, str]]:
    """Each field of a layer that says what it computes, and its value as source."""
    for name in dict.fromkeys(field.name for field in block.fields):
        if name in WIRING:
            continue
        values = [
            _braced(_values(field.value))
            if isinstance(field.value, Block)
            else _scalar(field.value.raw)
            for field in block.all(name)
        ]
        yield name, values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def _braced(pairs: Iterator[tuple[str, str]]) -> str:
    text = ", ".join(f'"{name}": {value}' for name, value in pairs)
    return f"{{{text}{' ' if text.endswith('}') else ''}}}"  # two braces in a row would be one


def _scalar(raw: str) -> str:
    """A value of prototxt as Python has it; words, such as MAX, become strings."""
    if raw in ("true", "false"):
        return raw.capitalize()
    if re.fullmatch(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", raw):
        return str(json.loads(raw)) if re.fullmatch(r"-?(0|[1-9]\d*)", raw) else repr(float(raw))
    return literal(string_of(raw) if raw[:1] in "\"'" else raw)
