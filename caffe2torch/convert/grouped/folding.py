"""BatchNorm, and the Scale behind it, as one nn.BatchNorm: exact wherever statistics are stored.

Caffe keeps sums and the factor to divide them by, and the affine part in a layer of its own;
torch keeps averages and both in one module.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from caffe2torch.convert.grouped.steps import MODULE, Flow, Step
from caffe2torch.graph.model import Node
from caffe2torch.layers.batch_norm import fork
from caffe2torch.layers.code import number


@dataclass(frozen=True)
class Folding:
    """Which layers' blobs an nn.BatchNorm holds; scale is None where it has no affine part."""

    norm: Node
    scale: Node | None


def fold(flow: Flow, reading: bool = False) -> tuple[Flow, dict[str, Folding]]:
    """The flow with every BatchNorm that torch has, by step name what became of it.

    reading: in whatever phase, to find the layers of weights that were folded in TEST
    """
    if flow.graph.train and not reading:
        return flow, {}
    readers, shared = flow.readers(), _shared(flow)
    after = {step.reads[0]: step for step in flow.steps if len(step.reads) == 1}
    folded: dict[str, Folding] = {}
    steps: dict[str, Step] = {}
    for step in flow.steps:
        if step.name in steps or not _stored(step, shared, reading):
            continue
        scale = after.get(step.writes[0]) if readers[step.writes[0]] == 1 else None
        inside = "weight" in step.nodes[0].blobs
        joined = scale if not inside and scale and _affine(scale, shared) else None
        steps[step.name] = _module(step, joined, affine=bool(inside or joined))
        folded[step.name] = Folding(step.nodes[0], joined.nodes[0] if joined else None)
        if joined:
            steps[joined.name] = replace(joined, init="", call="", nodes=())
    kept = [steps.get(step.name, step) for step in flow.steps]
    return replace(flow, steps=[step for step in kept if step.nodes]), folded


def _shared(flow: Flow) -> set[str]:
    """Layers with a blob that another layer uses too."""
    refs = [ref for step in flow.steps for node in step.nodes for ref in node.params]
    return {r.layer for r in refs if r.owner} | {r.owner.layer for r in refs if r.owner}


def _stored(step: Step, shared: set[str], reading: bool) -> bool:
    """Whether a step is a BatchNorm over stored statistics that nn.BatchNorm can do."""
    node = step.nodes[0]
    if node.type != "BatchNorm" or node.name in shared:
        return False
    if node.site.train and not reading:
        return False
    param = node.param.batch_norm_param
    stored = fork(node.site) == "nvidia" or not param.HasField("use_global_stats")
    both = ("weight" in node.blobs) == ("bias" in node.blobs)
    rank = len(node.bottom_shapes[0])
    return (
        (reading or stored or param.use_global_stats) and both and not param.relu and 2 <= rank <= 5
    )


def _affine(step: Step, shared: set[str]) -> bool:
    """Whether a step is a Scale with one weight and one bias a channel."""
    node = step.nodes[0]
    if node.type != "Scale" or node.name in shared or list(node.blobs) != ["weight", "bias"]:
        return False
    param, rank = node.param.scale_param, len(node.bottom_shapes[0])
    return param.axis in (1, 1 - rank) and node.params[0].shape == (node.bottom_shapes[0][1],)


def _module(step: Step, scale: Step | None, affine: bool) -> Step:
    node = step.nodes[0]
    param, shape = node.param.batch_norm_param, node.bottom_shapes[0]
    eps = max(param.eps, 1e-5) if fork(node.site) == "nvidia" else param.eps
    items = [str(shape[1])]
    if number(eps) != "1e-05":
        items.append(f"eps={number(eps)}")
    if not affine:
        items.append("affine=False")
    kind = {2: "1d", 3: "1d", 4: "2d", 5: "3d"}[len(shape)]
    joined = replace(step, init=f"nn.BatchNorm{kind}({', '.join(items)})", call=MODULE[0])
    nodes = step.nodes + (scale.nodes if scale else ())
    return replace(joined, writes=(scale or step).writes, nodes=nodes, helpers=())
