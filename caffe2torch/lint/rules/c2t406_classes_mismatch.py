"""The number of scores does not fit the labels.

What it does: compares the classes of each classifier of the TRAIN and TEST nets with the labels of
the data (of a set that is not here, with what its name promises: an info), and with the other
classifiers that read the same labels.

Why: a label beyond the last class is read from foreign memory (C2T112 then says so). Many classes
that never occur are mostly a num_output left over from another data set: Caffe trains, but the
loss starts at the logarithm of the wrong number, and weights and time go into nothing; a warning
from twice as many on, an info for fewer. Of several heads on the same labels (GoogLeNet has three)
it is easy to change only one.
Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, Forward_cpu.

Bad::

    inner_product_param { num_output: 1000 }     # and labels 0 to 9

Good::

    inner_product_param { num_output: 10 }

Fix: num_output of the heads. Unsafe: it changes the net.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.graph.labels import Limit, limits
from caffe2torch.graph.model import Node
from caffe2torch.lint import fix, known_sets
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "warning"
RANK = 36
YIELDS_TO = ("C2T112", "C2T405", "C2T113", "C2T114")

ENOUGH = 64
OFTEN = 8
"""Records, and records a class, from which the largest label that was seen says something."""
RUNS = 3.0
"""Mean length of runs of equal labels in records that are not sorted."""


def check(c: Context) -> Iterator[Finding]:
    """Yield at most one finding for each data layer of each phase."""
    seen: set[str] = set()
    for use in c.uses:
        by_index = {source.index: source for source in use.sources}
        for node in use.graph.sources:
            source = by_index.get(node.index) if node.index is not None else None
            if source is None:
                continue
            finding = _heads_differ(use, source, node) or _labels(use, source, node)
            finding = finding or _named(use, source, node)
            if finding is not None and finding.message not in seen:
                seen.add(finding.message)
                yield finding


def _asks(use: NetUse, node: Node) -> list[Limit]:
    asked: list[Limit] = limits(use.graph, node)
    return [limit for limit in asked if limit.classes > 1]


def _heads_differ(use: NetUse, source: SourceUse, node: Node) -> Finding | None:
    """Heads on the same labels with different numbers of classes."""
    asked: dict[int, list[Limit]] = {}
    for limit in _asks(use, node):
        asked.setdefault(limit.top, []).append(limit)
    for group in asked.values():
        few, many = min(group, key=_classes), max(group, key=_classes)
        if few.classes == many.classes or (few.ignore, many.ignore) != (None, None):
            continue
        head = _head(use, many)
        return Finding(
            f"the same labels are {few.classes} classes to one head and {many.classes} to another",
            use.span(head.index if head else source.index, "inner_product_param.num_output"),
            hint="one number of classes in every head",
            why=f'{few.reader} reads the labels of layer "{source.name}" as {few.classes} classes, '
            f"{many.reader} as {many.classes}",
            about=source.name,
        )
    return None


def _classes(limit: Limit) -> int:
    return limit.classes


def _labels(use: NetUse, source: SourceUse, node: Node) -> Finding | None:
    """Labels of the data against the classes of the first reader."""
    has_labels = len(source.layer.top) > 1  # else its images are the labels (segmentation)
    if source.stats is None or not has_labels:
        return None
    asked = _asks(use, node)
    tops = dict.fromkeys(limit.top for limit in asked)
    each = (_labels_of(use, source, [a for a in asked if a.top == top]) for top in tops)
    return next((finding for finding in each if finding is not None), None)


def _labels_of(use: NetUse, source: SourceUse, asked: list[Limit]) -> Finding | None:
    """The labels of one top against the classes of those that read it."""
    limit = max(asked, key=_classes)
    labels = source.stats.labels_of(limit.top) if source.stats else {}
    if not labels:
        return None
    high = max((label for label in labels if label != limit.ignore), default=0)
    top = max(asked, key=_classes).classes
    beyond = high >= top
    # in some pictures most classes are not to be seen
    count = 0 if source.stats and source.stats.maps else sum(labels.values())
    spare = count >= ENOUGH and top > 2 * (high + 1)
    some = count > 0 and top > high + 1 and _often(labels, high, source)
    if not (beyond or ((spare or some) and use.train)):
        return None
    wanted = high + 1
    heads = [head for each in asked if (head := _head(use, each)) is not None]
    edits = tuple(dict.fromkeys(edit for head in heads for edit in _edits(use, head, wanted)))
    what = "labels that the net has no class for" if beyond else f"{high + 1} classes"
    return Finding(
        f"labels are {min(labels)} to {high}, but {limit.reader} has {top} classes",
        use.span(heads[0].index if heads else source.index, "inner_product_param.num_output"),
        severity="error" if beyond else "warning" if spare else "info",
        hint=f"num_output: {wanted} in the last layer",
        fix=Fix(f"{wanted} classes", edits) if edits else None,
        about=source.name,
        why=f'the {source.phase} data of layer "{source.name}" has {what}',
    )


def _named(use: NetUse, source: SourceUse, node: Node) -> Finding | None:
    """The classes of a well-known set that is not here, by its name."""
    asked = _asks(use, node)
    usual = known_sets.classes(source.source) if source.stats is None else 0
    if not asked or not usual or usual in {limit.classes for limit in asked}:
        return None
    limit = max(asked, key=_classes)
    return Finding(
        f'"{source.source}" sounds like {usual} classes',
        use.span(source.index, f"{source.field}.source"),
        severity="info",
        hint=f"num_output: {usual} in the last layer, if it is that set",
        about=source.name,
        why=f"{limit.reader} has {limit.classes}",
    )


def _often(labels: dict[int, int], high: int, source: SourceUse) -> bool:
    """Whether each class up to the highest was met so often that a higher one would have been."""
    mixed = source.stats is not None and source.stats.runs < RUNS
    return mixed and all(labels.get(i, 0) >= OFTEN for i in range(high + 1))


def _head(use: NetUse, limit: Limit) -> Node | None:
    """The layer that makes the scores; None if it has no num_output."""
    reader = next((node for node in use.nodes if f'"{node.name}"' in limit.reader), None)
    node = wiring.scored_by(use.graph, reader) if reader else None
    while node is not None and node.type == "Softmax":
        node = wiring.writer(use.graph, node)
    return node if node is not None and wiring.makes_scores(node.layer) else None


def _edits(use: NetUse, head: Node, classes: int) -> list[FileEdit]:
    if head.index is None:
        return []
    return fix.put_layer(use.net, head.index, f"{head.layer.param_field}.num_output", str(classes))
