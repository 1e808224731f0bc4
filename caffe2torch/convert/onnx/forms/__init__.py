"""How each layer type is written in ONNX's standard operators, one type a file.

`write(x, w)` adds operators to the writer `w` for the layer in its place `x`, and returns the
name of the value that is its top, or a list where it has several. DYNAMIC says what may vary
there: "batch" if it is not written, "spatial" for height and width too, "none" for nothing, and
"asked" for the batch where a user wants it to, since engines do better with a constant one.
FLOAT32 marks types whose numbers do not fit into float16, ROWS those whose number of rows is only
known when they run, PADDED those whose unused rows have the label -1, CHOOSES those that choose by
rank, so that rounding alone may change what they give.
"""

from __future__ import annotations

from types import ModuleType

from caffe2torch.graph.node import Node
from caffe2torch.registry import Registry

registry = Registry("caffe2torch.convert.onnx.forms", "layer type that ONNX can hold")


def needs_form(node: Node) -> bool:
    """Whether a layer computes something."""
    return not (node.layer.source or node.layer.silent)


def form(node: Node) -> ModuleType | None:
    """The file that writes this layer's type, None if there is none.

    A known Python layer goes by the name of its class.
    """
    name = type(node.layer).__name__ if node.type == "Python" else node.type
    return registry.find(name) if name in registry else None
