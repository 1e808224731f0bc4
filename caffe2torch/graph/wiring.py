"""Questions about a graph's wiring that several rules ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from caffe2torch.graph.model import Graph, Node

# Layers that only rename, reshape or pick: what follows them follows what is before them.
TRANSPARENT = frozenset({"Split", "Reshape", "Flatten", "Dropout", "Permute", "Slice", "Crop"})
NORMALIZING = frozenset({"BatchNorm", "BN", "MVN", "Normalize", "GroupNorm"})
ACTIVATIONS = frozenset(
    [
        "ReLU",
        "PReLU",
        "ELU",
        "Sigmoid",
        "TanH",
        "BNLL",
        "Swish",
        "AbsVal",
        "Exp",
        "Log",
        "Power",
        "Clip",
        "Threshold",
        "ReLU6",
        "Mish",
    ]
)
WEIGHTED = frozenset(
    ["Convolution", "InnerProduct", "Deconvolution", "ConvolutionDepthwise", "DepthwiseConvolution"]
)


def readers(graph: Graph, node: Node) -> Iterator[Node]:
    """Layers that read a top of `node`, past Splits, and past in-place layers' renaming."""
    wires = graph.wires
    queue = list(wires.readers[wires.position[id(node)]])
    while queue:
        i = queue.pop(0)
        if graph.nodes[i].type == "Split":
            queue = sorted({*queue, *wires.readers[i]})
        else:
            yield graph.nodes[i]


def writer(graph: Graph, node: Node, bottom: int = 0) -> Node | None:
    """The layer that made a bottom of `node`, past Splits."""
    wires = graph.wires
    at = wires.makers[wires.position[id(node)]][bottom]
    while at is not None and graph.nodes[at].type == "Split":
        at = wires.makers[at][0]
    return None if at is None else graph.nodes[at]


def following(graph: Graph, node: Node, through: frozenset[str] = TRANSPARENT) -> list[Node]:
    """The first layers behind `node` that are not of the types in `through`."""
    found: list[Node] = []
    seen: set[int] = set()
    queue = list(readers(graph, node))
    while queue:
        other = queue.pop(0)
        if id(other) in seen:
            continue
        seen.add(id(other))
        if other.type in through:
            queue += readers(graph, other)
        else:
            found.append(other)
    return found


def activation(graph: Graph, node: Node) -> str:
    """Type of the nonlinearity behind a layer, "" for none; normalisation and pools are passed."""
    through = TRANSPARENT | NORMALIZING | {"Scale", "Bias", "Pooling", "LRN", "Eltwise", "Concat"}
    kinds = [other.type for other in following(graph, node, through)]
    return next((kind for kind in kinds if kind in ACTIVATIONS), "")


def scored_by(graph: Graph, loss: Node) -> Node | None:
    """The layer that makes a loss's scores, past layers that only pass values on."""
    at = writer(graph, loss)
    while at is not None and at.type in TRANSPARENT and at.bottoms:
        at = writer(graph, at)
    return at


def is_last(graph: Graph, node: Node) -> bool:
    """Whether no layer with weights lies between this one and every loss that it reaches."""
    queue, seen = [node], set()
    while queue:
        for other in readers(graph, queue.pop()):
            if other.type in WEIGHTED or (other.params and other.type not in NORMALIZING):
                return False
            if id(other) not in seen:
                seen.add(id(other))
                queue.append(other)
    return True


def depth(graph: Graph, counted: Iterable[Node]) -> int:
    """How many of these layers lie one behind the other, on the longest way through the net."""
    ids = {id(node) for node in counted}
    longest: dict[str, int] = {}
    for node in graph.nodes:
        before = max((longest.get(blob, 0) for blob in node.bottoms), default=0)
        longest.update(dict.fromkeys(node.tops, before + (id(node) in ids)))
    return max(longest.values(), default=0)


def normalized(graph: Graph) -> bool:
    """Whether some layer normalises its activations over the batch."""
    return any(node.type in NORMALIZING for node in graph.nodes)
