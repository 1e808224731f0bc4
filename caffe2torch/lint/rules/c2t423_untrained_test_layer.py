"""A layer with parameters that only the test net has: nothing trains it.

What it does: looks for layers with parameters, BatchNorm's statistics among them, that a TEST net
has and the TRAIN net has not, where no pretrained weights are named and lr_mult is not 0; and, in
any case, for those whose param { name: ... } is also that of a layer of the TRAIN net. An error
where the effect is known in numbers (a BatchNorm with empty statistics multiplies by
1/sqrt(eps) = 316 in every test), and where all that the test measures lies behind the layer.

Why: before each test Caffe hands the trained weights over layer by layer, by the layers' names. The
name of a parameter ties blobs within one net when that is made; after that the trained layer moves
to the train net's memory, and the layer that only the test net has stays where it was, at the
initial or pretrained values. What is measured behind it never improves; a BatchNorm that is not in
the TRAIN net, real Caffe tests at a loss of 12 where it trains at 0.1.
Source: Caffe src/caffe/net.cpp, ShareTrainedLayersWith; src/caffe/solver.cpp, Test.

Bad::

    layer { name: "ip" ... param { name: "w" } }
    layer { name: "ip_probe" ... param { name: "w" } include { phase: TEST } }

Good::

    layer { name: "ip" ... param { name: "w" } }
    layer { name: "ip_probe" ... param { name: "w" } }
    layer { name: "unread" type: "Silence" bottom: "ip_probe" include { phase: TRAIN } }

Fix: where TRAIN has a layer in its place, alike but for the name, that name. Unsafe: it changes
what is tested.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.graph.shared_layers import alone, untrained
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 33
YIELDS_TO = ("C2T426",)


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each such layer."""
    reported: set[str] = set()
    for use in c.tests:
        for finding in (*_tied(c, use), *_alone(c, use)):
            if finding.about not in reported:
                reported.add(finding.about)
                yield finding


def _tied(c: Context, use: NetUse) -> Iterator[Finding]:
    """Layers that share the name of a parameter with a trained one."""
    for ref, trained in untrained(use.graph, c.train.graph):
        node = use.graph.node(ref.layer)
        yield Finding(
            f'layer "{node.name}" ({node.type}), in TEST only, shares "{ref.name}" with layer '
            f'"{trained.layer}" and is never trained',
            use.span(node.index, f"param[{ref.index}].name"),
            hint="let it be in TRAIN too, with its top in a Silence layer",
            about=node.name,
            why="Caffe gives a test net the trained weights by the names of layers: one that the "
            "train net does not have keeps its first values",
        )


def _alone(c: Context, use: NetUse) -> Iterator[Finding]:
    """Layers with parameters that start from their fillers and stay there."""
    for node in alone(use.graph, c.train.graph) if c.from_scratch else ():
        effect = node.layer.untrained(node.site)
        if not effect and all(ref.lr_mult == 0 for ref in node.params):
            continue  # it is to stay as its fillers make it, as bilinear upsampling
        stored = node.param.batch_norm_param.use_global_stats
        yield Finding(
            f'layer "{node.name}" ({node.type}) is in TEST only: nothing trains it',
            use.span(node.index, "include"),
            severity="error" if effect or _spoils(use, node) else SEVERITY,
            hint="let it be in TRAIN too" + (", without use_global_stats" if stored else ""),
            fix=_renamed(c, use, node),
            about=node.name,
            why=f"{effect}, in every test" if effect else _kept(use, node),
        )


def _renamed(c: Context, use: NetUse, node: Node) -> Fix | None:
    """The name of the one layer of the train net that is alike, and that the test net lacks."""
    tested = {other.name for other in use.graph.nodes}
    twins = [n for n in c.train.graph.nodes if n.name not in tested and _alike(n, node)]
    if len(twins) != 1 or node.index is None:
        return None
    name = twins[0].name
    edits = tuple(fix.put_layer(use.net, node.index, "name", fix.string(name)))
    return Fix(f'name: "{name}", as in TRAIN', edits) if edits else None


def _alike(one: Node, other: Node) -> bool:
    """Whether two layers have one type, bottoms of one name, and parameters of the same shapes."""
    shapes = [[ref.blob.shape for ref in node.params] for node in (one, other)]
    same = one.type == other.type and one.param.bottom == other.param.bottom
    return same and shapes[0] == shapes[1]


def _spoils(use: NetUse, node: Node) -> bool:
    """Whether all losses and metrics of a test net lie behind a layer."""
    measures = [other for other in use.nodes if _measures(other)]
    behind = wiring.following(use.graph, node, lambda other: not _measures(other))
    return bool(measures) and len(behind) == len(measures)


def _measures(node: Node) -> bool:
    return node.layer.loss or node.layer.plays(Role.METRIC)


def _kept(use: NetUse, node: Node) -> str:
    kept = "it keeps what its fillers give it"
    return f"{kept}, and all that the test measures lies behind it" if _spoils(use, node) else kept
