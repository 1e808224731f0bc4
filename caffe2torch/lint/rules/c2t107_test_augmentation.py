"""The test mirrors its images at random, or distorts them in another way.

What it does: looks for mirror, and for a fork's random distortions, in the data layers of TEST
nets.

Why: Caffe obeys mirror in both phases, with probability ½. The same weights then get another
score in every test, and where left and right matter a worse one. Measured on the digits, trained
without mirroring: 67 % instead of 99 %.
Source: Caffe src/caffe/data_transformer.cpp, Transform: only the crop asks for the phase.

A warning; an info where one data layer without include serves both phases.

Bad::

    include { phase: TEST }  transform_param { mirror: true }

Good::

    include { phase: TEST }  transform_param { mirror: false }

Fix: removes mirror from the TEST layer. Safe: training is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 71

DISTORTIONS = ("distort_param", "expand_param", "noise_param")


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each TEST layer that changes its images at random."""
    trained = {(id(c.train.net), source.index) for source in c.train.sources}
    seen = set()
    for use in c.tests:
        for source in use.sources:
            key = (id(use.net), source.index)
            random = _random(source)
            if random and key not in seen:
                seen.add(key)
                yield _finding(source, random, key in trained)


def _random(source: SourceUse) -> list[str]:
    """Fields of the transformation that draw random numbers."""
    if not source.images:
        return []
    mirror = ["mirror"] if source.transform.mirror else []
    return mirror + [name for name in DISTORTIONS if source.transform.HasField(name)]


def _finding(source: SourceUse, random: list[str], shared: bool) -> Finding:
    edits = [e for n in random for e in data_layers.drop([source], f"transform_param.{n}")]
    both = "; this layer serves TRAIN too" if shared else ""
    return Finding(
        f'the test data of layer "{source.name}" is changed at random ({", ".join(random)})',
        source.span(f"transform_param.{random[0]}"),
        severity="info" if shared else "warning",
        hint="give TEST a data layer of its own" if shared else f"remove {', '.join(random)}",
        fix=None
        if shared
        else Fix(f"remove {random[0]} of {source.name} (TEST)", tuple(edits), True),
        about=source.name,
        why=f"the same weights score otherwise in every test{both}",
    )
