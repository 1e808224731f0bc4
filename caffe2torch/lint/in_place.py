"""A layer in place, and the edits that give it a top of its own."""

from __future__ import annotations

from caffe2torch.format.upgrade import Net
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Graph, Node
from caffe2torch.lint import fix, naming
from caffe2torch.lint.finding import FileEdit, Fix

MOST = 100
"""Places where a fix renames a blob; nobody reads a diff of more."""


def overwriting(graph: Graph, node: Node, blob: str) -> str:
    """Say that a layer overwrites a blob, and by which name if that is not the blob's.

    As in `layer "tanh" (TanH) overwrites "flat" in place, which is the memory of "pool"`.
    """
    alike = (top for top in node.tops if graph.memory.cells[top] == graph.memory.cells[blob])
    written = next(alike, node.tops[0])
    text = f'layer "{node.name}" ({node.type}) overwrites "{written}" in place'
    shown = wiring.known_as(graph, blob)
    return text if shown == written else f'{text}, which is the memory of "{shown}"'


def own_top(net: Net, node: Node) -> Fix | None:
    """The fix that gives a layer in place a top of its own.

    None for a layer of no file, and where the blob is named in more than MOST places behind it.
    """
    edits = tuple(_edits(net, node))
    return Fix(f"{node.name} writes a top of its own", edits) if edits else None


def _edits(net: Net, node: Node) -> list[FileEdit]:
    """Rename the blob from this layer on, in every phase, up to where it is made anew."""
    if node.index is None:
        return []
    old, new = node.tops[0], naming.fresh(naming.blobs(net.message), node.name)
    edits = fix.put_layer(net, node.index, "top", f'"{new}"')
    for index in range(node.index + 1, len(net.message.layer)):
        layer = net.message.layer[index]
        reads = old in layer.bottom
        if old in layer.top and not reads:
            break
        for name, blobs in (("bottom", layer.bottom), ("top", layer.top)):
            for k, blob in enumerate(blobs):
                if blob == old:
                    edits += fix.put_layer(net, index, f"{name}[{k}]", f'"{new}"')
        if len(edits) > MOST:
            return []
    return edits
