"""Which layers whose weights start at 0 stay there.

A layer of zeros learns as soon as values come in and a gradient comes back. It hands on neither:
its values are 0, or its bias, and so is the gradient below it. So a single one wakes with the first
update, unless a rectifier behind it, which has no slope at 0, shuts the gradient off; of two, one
behind the other, neither does. With the awake ones the question is asked anew.
Source: Caffe src/caffe/layers/inner_product_layer.cpp and relu_layer.cpp, Backward_cpu.
"""

from __future__ import annotations

from collections.abc import Iterable

from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Role


def stuck(graph: Graph, layers: Iterable[Node]) -> list[Node]:
    """Those of some layers with weights of 0 that no update ever reaches, in the net's order."""
    asleep = {id(node) for node in layers}
    while asleep:
        alive = _alive(graph, asleep)
        reached = _reached(graph, asleep, alive)
        awake = {
            id(node) for i, node in enumerate(graph.nodes)
            if id(node) in asleep and reached[i] and _fed(graph, i, alive)
        }  # fmt: skip
        if not awake:
            break
        asleep -= awake
    return [node for node in graph.nodes if id(node) in asleep]


def _alive(graph: Graph, asleep: set[int]) -> list[bool]:
    """Whether each layer makes anything but 0, in the first forward pass."""
    alive: list[bool] = []
    for i, node in enumerate(graph.nodes):
        fed = not node.bottoms or any(_makes(graph, i, bottom, alive) for bottom in _inputs(node))
        if id(node) in asleep:
            fed = False
        alive.append(fed or _lifts(node))
    return alive


def _inputs(node: Node) -> range:
    return range(len(node.bottoms))


def _makes(graph: Graph, i: int, bottom: int, alive: list[bool]) -> bool:
    maker = graph.wires.makers[i][bottom]
    return maker is None or alive[maker]


def _fed(graph: Graph, i: int, alive: list[bool]) -> bool:
    return any(_makes(graph, i, bottom, alive) for bottom in _inputs(graph.nodes[i]))


def _lifts(node: Node) -> bool:
    """Whether a layer makes something else of 0."""
    if node.type == "Power":
        return bool(node.param.power_param.shift)
    if not node.layer.plays(Role.WEIGHTS) or len(node.params) < 2:
        return node.type == "Sigmoid"
    filler = node.params[1].blob.filler
    return filler is not None and (filler.type != "constant" or bool(filler.value))


def _reached(graph: Graph, asleep: set[int], alive: list[bool]) -> list[bool]:
    """Whether a gradient reaches the tops of each layer, in the first backward pass."""
    reached = [any(node.loss_weights) for node in graph.nodes]
    for i in range(len(graph.nodes) - 1, -1, -1):
        node = graph.nodes[i]
        if not reached[i] or id(node) in asleep or _shuts(graph, i, alive):
            continue
        for maker in graph.wires.makers[i]:
            if maker is not None:
                reached[maker] = True
    return reached


def _shuts(graph: Graph, i: int, alive: list[bool]) -> bool:
    """Whether a rectifier gets nothing but 0, where its slope is 0."""
    node = graph.nodes[i]
    flat = node.type == "ReLU" and not node.param.relu_param.negative_slope
    return flat and not _fed(graph, i, alive)
