"""A layer that matters is there in one phase only.

What it does: compares the layers of the TRAIN net and of each TEST net: normalisations, scales and
layers with weights on the way to what the other phase has, too.

Why: the test is to score the net that was trained. A BatchNorm that only TEST has never gets
statistics: every test multiplies by 1/sqrt(eps), 316 times for 1e-5. A layer with weights that only
TEST has keeps its first values. One that only TRAIN has leaves the layers above with other
numbers in every test than those that they were trained on.
Source: Caffe src/caffe/net.cpp, FilterNet, ShareTrainedLayersWith.

Bad::

    layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" include { phase: TEST } }

Good::

    layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" }

Fix: the layer's include or exclude rule is removed. Unsafe: it changes the net.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 24
BARE = (Role.NORMALIZER, Role.ACTIVATION)
"""What matters without parameters, too."""
MATTERS = (*BARE, Role.WEIGHTS, Role.AFFINE)


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each layer that only TRAIN or only a TEST net has."""
    reported: set[int | None] = set()
    for test in c.tests if c.is_solver else []:
        for here, there in ((test, c.train), (c.train, test)):
            for node in _alone(here, there):
                if node.index not in reported:
                    reported.add(node.index)
                    yield _finding(c, here, node)


def _alone(here: NetUse, there: NetUse) -> Iterator[Node]:
    """Layers of one net that change what a layer of both nets reads."""
    known = {node.name for node in there.nodes}
    twins = {(node.type, *node.bottoms[:1]) for node in there.nodes}
    for node in here.nodes:
        matters = node.layer.plays(*MATTERS) and (node.params or node.layer.plays(*BARE))
        twin = (node.type, *node.bottoms[:1]) in twins  # the same under another name
        if matters and node.name not in known and not twin and _is_between(here, node, known):
            yield node


def _is_between(use: NetUse, node: Node, known: set[str]) -> bool:
    """Whether it stands in front of a layer that the other net has, and behind none of its own."""
    ahead = wiring.following(use.graph, node, lambda n: n.name not in known and not n.layer.loss)
    shared = [n for n in ahead if n.name in known]
    return any(not n.layer.plays(Role.METRIC, Role.RESULT) for n in shared)


def _finding(c: Context, use: NetUse, node: Node) -> Finding:
    phase = "TRAIN" if use.train else "TEST"
    assert node.index is not None
    edits = fix.drop_layer_field(use.net, node.index, "include")
    edits += fix.drop_layer_field(use.net, node.index, "exclude")
    if node.type == "BatchNorm":  # TRAIN has to use its own batches
        edits += fix.drop_layer_field(use.net, node.index, "batch_norm_param.use_global_stats")
    return Finding(
        f'layer "{node.name}" ({node.type}) is there in {phase} only',
        use.span(node.index),
        severity="error" if c.from_scratch or use.train else "warning",
        hint="the same layers in both phases: remove its include or exclude rule",
        fix=Fix(f"{node.name} in both phases", tuple(edits)) if edits else None,
        about=node.name,
        why=_effect(use.train, node),
    )


def _effect(train: bool, node: Node) -> str:
    if train:
        return "every test gives the layers above other numbers than those they were trained on"
    if node.type == "BatchNorm":
        eps = float(node.param.batch_norm_param.eps)
        factor = f" = {eps**-0.5:.0f}" if eps > 0 else ""
        return (
            "it never gets statistics, so they stay 0: every test multiplies its values by "
            f"1/sqrt({eps:g}){factor}"
        )
    if node.params:
        return "its weights are never trained, and every test uses their first values"
    return "the layers above were trained without it, and every test gives them other numbers"
