"""A layer has weights of other shapes in the test net than in the train net.

What it does: compares the blobs of layers of one name in the TRAIN net and in each TEST net, number
by number. Where data are missing and sizes had to be guessed, it is an info only.

Why: before each test Caffe hands the trained blobs over by the layers' names, and stops where the
shapes differ ("Cannot share param 0 weights from layer ..."): with test_initialization before the
first iteration, else at the first test, hours later. Mostly the crops of the two phases differ in
front of an InnerProduct, or a second file of the net was not changed with the first one.
Source: Caffe src/caffe/net.cpp, ShareTrainedLayersWith; src/caffe/solver.cpp, Test.

Bad::

    layer { name: "data" ... transform_param { crop_size: 227 } include { phase: TRAIN } }
    layer { name: "data" ... transform_param { crop_size: 224 } include { phase: TEST } }
    layer { name: "fc6" type: "InnerProduct" bottom: "data" ... }

Good::

    layer { name: "data" ... transform_param { crop_size: 227 } include { phase: TRAIN } }
    layer { name: "data" ... transform_param { crop_size: 227 } include { phase: TEST } }
    layer { name: "fc6" type: "InnerProduct" bottom: "data" ... }
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.graph.model import Node
from caffe2torch.graph.shared_layers import Mismatch, mismatches
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding

SEVERITY = "error"
RANK = 15
YIELDS_TO = ("C2T419",)


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the first such layer of each test net; the rest follows from it."""
    reported: set[str] = set()
    for use in c.tests:
        differing = [
            m for m in mismatches(use.graph, c.train.graph) if not _is_guessed(m, use, c.train)
        ]
        if not differing or differing[0].target.name in reported:
            continue
        first, count = differing[0], len(differing)
        reported.add(first.target.name)
        place = f" ({first.place})" if first.place else ""
        missing = first.guesses[0] or first.guesses[1]
        guess = f", if the missing data are {missing}" if missing else ""
        more = f"; {count} layers differ" if count > 1 else ""
        yield Finding(
            f'layer "{first.target.name}" ({first.target.type}) has other weights in TEST than in '
            "TRAIN",
            first.span,
            severity="info" if missing else SEVERITY,
            hint=first.hint,
            why=f"{first.here} in TEST, {first.there} in TRAIN{place}{guess}: Caffe stops when it "
            f"first tests{more}",
        )


def _is_guessed(mismatch: Mismatch, test: NetUse, train: NetUse) -> bool:
    """Whether only what was guessed makes the difference: the data of one of the nets are missing.

    Then channels are guessed, and the size where nothing is cropped.
    """
    guessed = [use for use in (test, train) if any(map(_is_missing, use.sources))]
    if len(guessed) != 1:
        return False
    if not all(s.transform.crop_size for s in filter(_is_missing, guessed[0].sources)):
        return True
    shapes = [node.params[0].shape if node.params else () for node in _sides(mismatch)]
    return len(shapes[0]) == 4 and shapes[0][2:] == shapes[1][2:]


def _is_missing(source: SourceUse) -> bool:
    return source.images and bool(source.source) and source.stats is None


def _sides(mismatch: Mismatch) -> tuple[Node, Node]:
    return mismatch.target, mismatch.source
