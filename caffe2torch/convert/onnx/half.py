"""A model in float16 inside; its inputs and outputs stay float32."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto, helper

from caffe2torch.convert.onnx.writer import Array, Writer

if TYPE_CHECKING:
    from onnx import NodeProto

LARGEST = np.float32(65504)
"""The largest number of float16; what is beyond becomes it."""
PARAMETERS = {"Resize": (1, 2)}
"""Inputs of operators that are float32 whatever the values are."""


def halve(w: Writer, kinds: Mapping[str, int], single: Collection[str], outputs: list[str]) -> None:
    """Turn the operators that have been written into float16.

    kinds:  ONNX's element type of every value
    single: layers that stay float32, since their numbers need it
    """
    halves = Halves(w, kinds, frozenset(single))
    nodes, w.nodes = w.nodes, []
    for node in nodes:
        halves.write(node)
    for name in outputs:
        halves.give(name)


@dataclass
class Halves:
    """Operators on their way into float16; `cast` knows values that have both forms.

    half: values that are float16 under their own name
    """

    w: Writer
    kinds: Mapping[str, int]
    single: frozenset[str]
    half: set[str] = field(default_factory=set)
    cast: dict[tuple[str, int], str] = field(default_factory=dict)

    def write(self, node: NodeProto) -> None:
        """Add an operator with its inputs in its own precision."""
        wants_half = node.doc_string not in self.single
        kept = PARAMETERS.get(node.op_type, ())
        for i, name in enumerate(node.input):
            if name and self.kinds.get(name, TensorProto.FLOAT) == TensorProto.FLOAT:
                node.input[i] = self.of(name, wants_half and i not in kept)
        if wants_half:
            for attribute in node.attribute:
                if node.op_type == "Cast" and attribute.i == TensorProto.FLOAT:
                    attribute.i = TensorProto.FLOAT16
            is_float = (name for name in node.output if self.kinds.get(name) == TensorProto.FLOAT)
            self.half.update(is_float)
        self.w.nodes.append(node)

    def of(self, name: str, wants_half: bool) -> str:
        """A float value in the precision that is wanted."""
        array = self.w.constants.get(name)
        if array is not None:
            return self._constant(name, array) if wants_half else name
        if (name in self.half) == wants_half:
            return name
        kind = TensorProto.FLOAT16 if wants_half else TensorProto.FLOAT
        if (name, kind) not in self.cast:
            other = self.w.name(f"{name}:{'half' if wants_half else 'single'}")
            self.w.nodes.append(helper.make_node("Cast", [name], [other], name=other, to=kind))
            self.cast[name, kind] = other
        return self.cast[name, kind]

    def _constant(self, name: str, array: Array) -> str:
        other = f"{name}:half"
        if other not in self.w.constants:
            self.w.constants[other] = np.clip(array, -LARGEST, LARGEST).astype(np.float16)
        return other

    def give(self, name: str) -> None:
        """Let an output be float32 under its own name."""
        if name not in self.half:
            return
        inside = self.w.name(f"{name}:half")
        for node in self.w.nodes:
            node.input[:] = [inside if one == name else one for one in node.input]
            node.output[:] = [inside if one == name else one for one in node.output]
        self.w.nodes.append(
            helper.make_node("Cast", [inside], [name], name=f"{name}:single", to=TensorProto.FLOAT)
        )
