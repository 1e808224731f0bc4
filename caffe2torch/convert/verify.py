"""Where a converted net first computes something else than the Caffe graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caffe2torch.convert.compare import apart
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.grouped.folding import fold
from caffe2torch.convert.grouped.sharing import sharing
from caffe2torch.convert.grouped.steps import flow
from caffe2torch.convert.observers import Seen, observe
from caffe2torch.convert.observers.modules import watch
from caffe2torch.module.names import module_names


@dataclass(frozen=True)
class Check:
    """One layer, or output blob, and how far the other's result is from the graph's."""

    name: str
    type: str
    shape: tuple[int, ...]
    difference: float


def verify(subject: Conversion, other: Path, weights: Path | None = None) -> list[Check]:
    """Compare the results of all layers that both have, in the net's order, then the outputs.

    weights: of the other, where it is a Python file or a net
    Raises: C2TError if the other cannot be run.
    """
    theirs = observe(other, subject, weights)
    return list(_checks(subject, watch(subject.built, subject), theirs))


def _checks(subject: Conversion, ours: Seen, theirs: Seen) -> Iterator[Check]:
    graph = subject.graph
    steps = flow(graph)
    folded = {} if other_keeps(theirs, subject) else fold(steps)[1]
    names = dict(zip(map(id, graph.nodes), module_names(graph), strict=True))
    twins = sharing(steps).twins
    calls: dict[str, int] = {}
    for node in graph.nodes:
        name = names[id(node)]
        place = twins.get(name, name) if name not in theirs.layers else name
        folding = folded.get(name)
        source = names[id(folding.scale)] if folding and folding.scale else name
        turn = calls.get(place, 0)
        results, expected = theirs.layers.get(place, []), ours.layers.get(source, [])
        if expected and turn < len(results):
            calls[place] = turn + 1
            gap = apart(results[turn], expected[0])
            yield Check(node.name, node.type, tuple(expected[0].shape), gap)
    for blob, value in ours.outputs.items():
        gap = apart(theirs.outputs.get(blob), value)
        yield Check(blob, "output", tuple(value.shape), gap)


def other_keeps(seen: Seen, subject: Conversion) -> bool:
    """Whether the other has Scale layers of its own, so that its BatchNorms are not folded."""
    scales = [node.name for node in subject.graph.nodes if node.type == "Scale" and node.params]
    return any(name in seen.layers for name in scales)
