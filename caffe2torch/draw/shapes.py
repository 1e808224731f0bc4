"""Shapes of all values: those of the built graph, else as far as each layer's own rule goes."""

from __future__ import annotations

from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.draw.subject import Subject
from caffe2torch.draw.wiring import Value, Vertex
from caffe2torch.errors import C2TError, DataError, plural
from caffe2torch.graph import build_graph
from caffe2torch.graph.builder import AUTOMATIC
from caffe2torch.layers.base import Count, Layer, Shape, Site


def annotate(subject: Subject, vertices: list[Vertex]) -> list[C2TError]:
    """Write shapes, guesses and refusals into the wiring; return why the net does not build."""
    errors: dict[str, C2TError] = {}
    for phase, state in subject.states.items():
        chosen = [v for v in vertices if phase in v.phases]
        try:
            _from_graph(subject, phase, state, chosen)
        except C2TError as error:
            errors.setdefault(str(error), error)
            _one_by_one(subject, phase, chosen)
    return list(errors.values())


def _from_graph(subject: Subject, phase: str, state: pb.NetState, vertices: list[Vertex]) -> None:
    graph = build_graph(subject.net, state, assume=True)
    nodes = {node.index: node for node in graph.nodes if node.index is not None}
    for vertex in vertices:
        node = nodes[vertex.index]
        for value, shape in zip(vertex.tops, node.top_shapes, strict=False):
            value.shapes[phase] = shape
        if node.layer.source:
            vertex.assumed |= _guessed(node.layer, node.site)


def _guessed(layer: Layer, site: Site) -> bool:
    try:
        layer.shapes(site)
    except DataError:
        return True
    return False


def _one_by_one(subject: Subject, phase: str, vertices: list[Vertex]) -> None:
    for vertex in vertices:
        bottoms = [_seen(values, phase) for values in vertex.bottoms]
        if any(shape is None for shape in bottoms):
            continue
        try:
            shapes = _shapes(subject, phase, vertex, [s for s in bottoms if s is not None])
        except C2TError as error:
            vertex.refusal = error.message
            continue
        for value, shape in zip(vertex.tops, shapes, strict=False):
            value.shapes[phase] = shape


def _seen(values: list[Value], phase: str) -> Shape | None:
    return next((v.shapes[phase] for v in values if phase in v.shapes), None)


def _shapes(subject: Subject, phase: str, vertex: Vertex, bottoms: list[Shape]) -> list[Shape]:
    param = vertex.param
    layer = layers.find(param.type)
    site = Site(
        param.name, layer.type, param, phase == "TRAIN", bottoms,
        list(param.bottom), list(param.top), str(Path(subject.net.file).parent),
    )  # fmt: skip
    _check_counts(layer, site)
    try:
        return layer.shapes(site)
    except DataError:
        vertex.assumed = True
        return layer.assumed(site)


def _check_counts(layer: Layer, site: Site) -> None:
    """Add the top that a loss may leave out. Raises: C2TError for what no graph would take."""
    bottoms, tops = layer.counts(site)
    if layer.loss and not site.top_names:
        site.top_names.append(AUTOMATIC)
    unequal = layer.equal and len(site.bottom_names) != site.n_tops
    if unequal or not (_allowed(len(site.bottom_names), bottoms) and _allowed(site.n_tops, tops)):
        has = f"{plural(len(site.bottom_names), 'bottom')} and {plural(site.n_tops, 'top')}"
        raise C2TError(f"it cannot have {has}")


def _allowed(n: int, count: Count) -> bool:
    least, most = (count, count) if isinstance(count, int) else count
    return n >= least and (most is None or n <= most)
