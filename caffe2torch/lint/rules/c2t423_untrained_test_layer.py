"""A layer of the test net shares a parameter's name with a trained layer, and stays untrained.

What it does: looks for layers that only a TEST net has and whose param { name: ... } is also that
of a layer of the TRAIN net.

Why: before each test Caffe hands the trained weights over layer by layer, by the layers' names. The
name of a parameter ties blobs within one net when that is made; after that the trained layer moves
to the train net's memory, and the layer that only the test net has stays where it was, at the
initial or pretrained values. What is measured behind it never improves.
Source: Caffe src/caffe/net.cpp, ShareTrainedLayersWith; src/caffe/solver.cpp, Test.

Bad::

    layer { name: "ip" ... param { name: "w" } }
    layer { name: "ip_probe" ... param { name: "w" } include { phase: TEST } }

Good::

    layer { name: "ip" ... param { name: "w" } }
    layer { name: "ip_probe" ... param { name: "w" } }
    layer { name: "unread" type: "Silence" bottom: "ip_probe" include { phase: TRAIN } }
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.errors import WeightsError
from caffe2torch.graph.shared_layers import untrained
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 33


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each such layer."""
    reported: set[str] = set()
    for use in c.tests:
        for finding in _check(c, use):
            if finding.about not in reported:
                reported.add(finding.about)
                yield finding


def _check(c: Context, use: NetUse) -> Iterator[Finding]:
    try:
        pairs = untrained(use.graph, c.train.graph)
    except WeightsError:  # layers of one name that do not fit: said elsewhere
        return
    for ref, trained in pairs:
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
