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

from caffe2torch.graph.shared_layers import mismatches
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "error"
RANK = 15


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the first such layer of each test net; the rest follows from it."""
    reported: set[str] = set()
    for use in c.tests:
        errors = list(mismatches(use.graph, c.train.graph))
        if not errors or errors[0].message in reported:
            continue
        first, count = errors[0], len(errors)
        reported.add(first.message)
        guess = f", if the data that are not here are {first.assumed}" if first.assumed else ""
        more = f"; {count} layers differ" if count > 1 else ""
        yield Finding(
            first.message + guess,
            first.span,
            severity="info" if first.assumed else SEVERITY,
            hint=first.hint or "",
            why=f"Caffe stops when it first tests{more}",
        )
