"""Layers that use another layer's parameters: the same module called twice, or tied blobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from caffe2torch.convert.grouped.steps import Flow, Step


@dataclass(frozen=True)
class Sharing:
    """Who uses whose parameters.

    twins: step -> the step whose module it can call instead of having its own
    tied:  step -> (key, owner's step, owner's key) of single blobs
    loose: steps that either of these touch; they keep their place in the net's own class
    """

    twins: dict[str, str] = field(default_factory=dict)
    tied: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    @cached_property
    def loose(self) -> set[str]:
        owners = {owner for ties in self.tied.values() for _, owner, _ in ties}
        return {*self.twins, *self.twins.values(), *self.tied, *owners}


def sharing(flow: Flow) -> Sharing:
    """What the steps of a flow share."""
    shared = Sharing()
    by_layer = {node.name: step for step in flow.steps for node in step.nodes}
    for step in flow.steps:
        refs = [ref for node in step.nodes for ref in node.params]
        owned = [(ref, ref.owner) for ref in refs if ref.owner]
        if not owned:
            continue
        owner = by_layer[owned[0][1].layer]
        same = all(o.layer == owned[0][1].layer and o.index == r.index for r, o in owned)
        if same and len(owned) == len(refs) and _same_module(step, owner):
            shared.twins[step.name] = owner.name
        else:
            shared.tied[step.name] = [(r.key, by_layer[o.layer].name, o.key) for r, o in owned]
    return shared


def _same_module(step: Step, owner: Step) -> bool:
    return step.init == owner.init and step.nodes[0].type == owner.nodes[0].type


def is_permissive(flow: Flow) -> bool:
    """Whether a blob is shared in another shape, which only the flat source can say."""
    refs = [ref for step in flow.steps for node in step.nodes for ref in node.params]
    return any(ref.owner is not None and ref.owner.shape != ref.shape for ref in refs)


def same_chain(run: list[Step], other: list[Step], twins: dict[str, str]) -> bool:
    """Whether one chain of modules can be called in place of the other."""
    if len(run) != len(other) or not any(step.name in twins for step in other):
        return False
    for mine, theirs in zip(run, other, strict=True):
        equal = (mine.init, mine.call, mine.flatten) == (theirs.init, theirs.call, theirs.flatten)
        shared = twins.get(theirs.name) == mine.name
        if not equal or (theirs.nodes[0].params and not shared):
            return False
    return True
