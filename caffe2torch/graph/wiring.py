"""Questions about a graph's wiring that several rules ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Layer, Role


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


def known_as(graph: Graph, blob: str) -> str:
    """The name by which the file knows a blob, where a Split that Caffe inserts has made it."""
    maker = graph.nodes[graph.memory.makers[blob]]
    return blob if maker.index is not None else known_as(graph, maker.bottoms[0])


def transparent(node: Node) -> bool:
    """Whether it only hands values on: what follows it follows what is before it."""
    return node.layer.plays(Role.RESHAPING, Role.DROPOUT)


def following(
    graph: Graph, node: Node, through: Callable[[Node], bool] = transparent
) -> list[Node]:
    """The first layers behind `node` that `through` does not pass."""
    ends: list[Node] = []
    seen: set[int] = set()
    queue = list(readers(graph, node))
    while queue:
        other = queue.pop(0)
        if id(other) in seen:
            continue
        seen.add(id(other))
        if through(other):
            queue += readers(graph, other)
        else:
            ends.append(other)
    return ends


def activation(graph: Graph, node: Node) -> Node | None:
    """The nonlinearity behind a layer, None for none; all that has no weights is passed."""
    behind = following(graph, node, _before_activation)
    return next((other for other in behind if other.layer.plays(Role.ACTIVATION)), None)


def rectified(graph: Graph, node: Node) -> bool:
    """Whether the nonlinearity behind a layer takes half of the signal away, as ReLU does."""
    nonlinearity = activation(graph, node)
    return nonlinearity is not None and nonlinearity.layer.rectifies


def _before_activation(node: Node) -> bool:
    layer = node.layer
    if layer.plays(Role.ACTIVATION, Role.WEIGHTS, Role.METRIC, Role.RESULT) or layer.loss:
        return False
    return not node.params or layer.plays(Role.AFFINE, Role.NORMALIZER)


def scored_by(graph: Graph, loss: Node) -> Node | None:
    """The layer that makes a loss's scores, past layers that only pass values on."""
    at = writer(graph, loss)
    while at is not None and transparent(at) and at.bottoms:
        at = writer(graph, at)
    return at


def makes_scores(layer: Layer) -> bool:
    """Whether a type is one whose num_output a net's number of classes is."""
    return layer.plays(Role.WEIGHTS) and layer.type != "Deconvolution"


def is_last(graph: Graph, node: Node) -> bool:
    """Whether no layer with weights lies between this one and every loss that it reaches."""
    return graph.wires.position[id(node)] not in graph.hidden


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
    return any(node.layer.plays(Role.NORMALIZER) for node in graph.nodes)
