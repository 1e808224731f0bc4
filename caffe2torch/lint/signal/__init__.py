"""The signal model: what activations, loss and gradients are before the first update.

`predict` gives a `Signal` for a TRAIN graph. It needs no data (then a prior stands for it), no
torch and some hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.layers.base import Role
from caffe2torch.lint.signal.inputs import states
from caffe2torch.lint.signal.model import LayerSignal, LossSignal, Rates, Signal, rates_of
from caffe2torch.lint.signal.walk import Walk

if TYPE_CHECKING:
    from caffe2torch.config.source import SourceUse
    from caffe2torch.format.upgrade import Solver
    from caffe2torch.graph.model import Graph, Node
    from caffe2torch.moments.state import State

__all__ = ["LayerSignal", "LossSignal", "Rates", "Signal", "predict"]


def predict(
    graph: Graph,
    solver: Solver | None = None,
    *,
    sources: Sequence[SourceUse] = (),
    inputs: Mapping[str, State] | None = None,
    fillers: Mapping[str, str | pb.FillerParameter] | None = None,
    base_lr: float | None = None,
    scale: float | None = None,
    norm: bool = False,
    like: Signal | None = None,
) -> Signal:
    """The signal at initialisation, as written or after a hypothetical change.

    inputs:  states of source blobs, in place of measured or assumed ones
    fillers: layer -> weight filler (a type's name or a message), in place of the net's own
    base_lr, scale: in place of the solver's and of every transform_param's
    norm:    with a BatchNorm behind every layer with weights but the last
    like:    the signal as written; what does not change is taken from it
    """
    entering, notes, seen = _entering(graph, sources, inputs, scale, like)
    rates = rates_of(solver.message) if solver is not None else Rates()
    if base_lr is not None:
        rates = replace(rates, base_lr=base_lr)
    given = {(layer, "weight"): _filler(value) for layer, value in (fillers or {}).items()}
    images = all(node.layer.plays(Role.IMAGES) for node in graph.sources)
    unsure = not images or _vectors(graph, notes)  # else a program fills it with any numbers
    if seen is not None and not given and not norm:
        return Signal(seen, rates, notes, unsure)
    return Signal(Walk(graph, entering, given, norm, like=seen), rates, notes, unsure)


def _vectors(graph: Graph, notes: Sequence[str]) -> bool:
    """Whether data that is not there may be anything: nothing in the net asks for images."""
    return bool(notes) and not any(len(shape) > 2 for n in graph.nodes for shape in _weights(n))


def _weights(node: Node) -> list[tuple[int, ...]]:
    return [tuple(ref.shape) for ref in node.params if ref.key == "weight"]


def _entering(
    graph: Graph, sources: Sequence[SourceUse], inputs: Mapping[str, State] | None,
    scale: float | None, like: Signal | None,
) -> tuple[Mapping[str, State], list[str], Walk | None]:  # fmt: skip
    """States of the source blobs, notes, and a walk that begins with the same."""
    if like is not None and inputs is None and scale is None:
        return like.passed.inputs, like.notes, like.passed
    entering, notes = states(graph, sources, lambda s: s.scale if scale is None else scale)
    entering.update(inputs or {})
    return entering, notes, None


def _filler(value: str | pb.FillerParameter) -> pb.FillerParameter:
    return pb.FillerParameter(type=value) if isinstance(value, str) else value
