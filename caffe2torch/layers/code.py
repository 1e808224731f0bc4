"""The PyTorch source that a layer declares: expressions, helpers, literals."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from caffe2torch.layers.lazy import nn, torch


@dataclass(frozen=True)
class Code:
    """The PyTorch source of one layer in its place.

    The functions and classes that it names are those of the file it is written in, or of files that
    this one imports from; their text is copied into the emitted source.

    init:    expression that makes the submodule, e.g. "nn.Conv2d(3, 8, 3)"; "" for none
    call:    expression of the tops; {self} is the submodule, {bottoms} all bottoms separated by
             commas, {0}, {1} ... single ones. One top is a tensor, several are a tuple.
    inplace: like init, but overwriting its first bottom; used only where autograd allows it
    exact:   like init, but Caffe's on NaN and infinities, too; what runs here, while `init` is what
             others are given to read
    """

    init: str = ""
    call: str = "{self}({bottoms})"
    inplace: str = ""
    exact: str = ""

    @property
    def run(self) -> Code:
        """The same with `exact` in the place of `init`, where there is one."""
        return replace(self, init=self.exact or self.init, exact="")


@dataclass(frozen=True)
class Late:
    """How Caffe's backward reads blobs that a later layer may have overwritten in place.

    rule:    expression of the bottoms' gradients (one, or a tuple) in g, the gradient that
             arrives; b, the bottoms and t, the top as they are when backward runs; x, the
             bottoms as they were in forward; and n, which bottoms want a gradient
    sign:    it looks only at signs, so layers that keep signs (Dropout) do it no harm
    """

    rule: str
    sign: bool = False

    @property
    def reads_top(self) -> bool:
        """Whether it depends on the top's values at backward."""
        return bool(re.search(r"\bt\b", self.rule))

    @property
    def reads_bottoms(self) -> bool:
        """Whether it depends on the bottoms' values at backward."""
        return bool(re.search(r"\bb\b", self.rule))


class Op(nn.Module):
    """A function as a module, so that it has a name, a repr and hooks."""

    def __init__(self, function: Callable[..., Any], **settings: Any) -> None:
        super().__init__()
        self.function, self.settings = function, settings

    def forward(self, *bottoms: torch.Tensor) -> Any:
        return self.function(*bottoms, **self.settings)

    def extra_repr(self) -> str:
        settings = [f"{key}={value!r}" for key, value in self.settings.items()]
        return ", ".join([self.function.__name__, *settings])


def op(function: Callable[..., Any], **settings: Any) -> Code:
    """Code that applies a plain function of the layer's file to the bottoms."""
    values = [f"{key}={literal(value)}" for key, value in settings.items()]
    return Code(f"Op({', '.join([function.__name__, *values])})")


def literal(value: Any) -> str:
    """A parameter as source: floats as the shortest literal of their float32 value."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (tuple, list)):
        items = ", ".join(map(literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """A string as source: in double quotes, as formatters want it, unless single ones are shorter.

    It is as safe as repr(), from which it is made.
    """
    single = repr(text)
    body = single[1:-1].replace("\\'", "'")
    if single[0] == '"' or body.count('"') > body.count("'"):
        return single
    return '"' + body.replace('"', '\\"') + '"'


def number(value: float) -> str:
    """The shortest literal that is the same float32: 0.1, not 0.10000000149."""
    if not math.isfinite(value):
        return f'float("{value}")'
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", value):
            return repr(float(text))
    return repr(value)
