"""Nearly all records have one label.

What it does: counts labels in a sample of the training data. A single label where the net has more
classes is an error.

Why: always answering the commonest class then scores its share, and the loss falls to a value that
looks like learning. With one label only there is nothing to learn. Runs of equal labels (C2T113)
make a sample's counts uncertain; then nothing is reported.

A warning when one class has 90 % or more, an info when the commonest is 20 times as frequent as
the rarest of those that were met.

Bad::

    950 records of class 0, 50 of class 1; accuracy 0.95 from the first test on

Good::

    the rare class repeated in the list, or weighted by InfogainLoss

Compare accuracy with the share of the commonest class, or use a score per class (a second top of
Accuracy).
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.graph.labels import limits
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 59
YIELDS_TO = ("C2T113", "C2T122")

ENOUGH = 100
"""Records below which a count says little."""
MOST, RARE = 0.9, 20


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each source of the TRAIN net with lopsided labels."""
    for source in c.train.sources:
        stats = source.stats
        if stats is not None and stats.maps and len(stats.labels) > 1:
            continue  # much of a picture is background
        if len(source.layer.top) < 2:  # its images may be labels themselves, as in segmentation
            continue
        if stats is None or not stats.labels or sum(stats.labels.values()) < ENOUGH:
            continue
        node = next(n for n in c.train.nodes if n.index == source.index)
        asked = [limit for limit in limits(c.train.graph, node) if limit.top == 1]
        classes = max((limit.classes for limit in asked), default=0)
        if classes > 1:
            yield from _check(source, stats.labels, classes)


def _check(source: SourceUse, labels: dict[int, int], classes: int) -> Iterator[Finding]:
    total = sum(labels.values())
    common = max(labels, key=labels.__getitem__)
    share, ratio = labels[common] / total, labels[common] / min(labels.values())
    of = f'of {total:,} training labels of layer "{source.name}"'
    if len(labels) == 1:
        yield Finding(
            f"all {of} are {common}, and the net has {classes} classes",
            source.span_param("source"),
            "error",
            "check how the labels were written",
            about=source.name,
            rank=31,
            why="there is nothing to learn",
        )
    elif share >= MOST or (ratio >= RARE and share > 2 / len(labels)):
        yield Finding(
            f"{share:.0%} {of} are {common}",
            source.span_param("source"),
            "warning" if share >= MOST else "info",
            "weight or repeat the rare classes, and judge by the score of each class",
            about=source.name,
            why=f"a net that always says {common} scores {share:.2f}",
        )
