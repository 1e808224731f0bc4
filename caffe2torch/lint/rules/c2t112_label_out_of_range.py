"""A label is not one of the classes that the loss knows.

What it does: compares the labels of the data (a sample of a database, all lines of a list) with the
number of classes at the losses and accuracies that read them.

Why: Caffe checks labels in debug builds only. In a release build SoftmaxWithLoss reads the
probability beyond the end of the row (or of the memory): the loss is garbage, or 87.3365, and the
gradient goes to another sample's score.
Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, Forward_cpu: DCHECK_LT.

Bad::

    inner_product_param { num_output: 10 }       # and labels 1 to 10

Good::

    inner_product_param { num_output: 10 }       # and labels 0 to 9

Fix: num_output of the last layer, where the labels only need more classes. Unsafe: it changes the
net.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.graph.labels import Limit, limits
from caffe2torch.graph.model import Node
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 30

UNLABELLED = 255
"""What pixels are labelled that belong to no class (PASCAL VOC)."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each data layer whose labels do not fit a reader."""
    for use in c.uses:
        by_index = {source.index: source for source in use.sources}
        for node in use.graph.sources:
            source = by_index.get(node.index) if node.index is not None else None
            if source is None or source.stats is None:
                continue
            for limit in limits(use.graph, node):
                labels = source.stats.labels_of(limit.top)
                bad = [n for n in labels if not 0 <= n < limit.classes and n != limit.ignore]
                if bad:
                    yield _finding(use, source, limit, bad)
                    break


def _finding(use: NetUse, source: SourceUse, limit: Limit, bad: list[int]) -> Finding:
    labels = source.stats.labels_of(limit.top) if source.stats else {}
    low, high = min(labels), max(labels)
    share = sum(labels[n] for n in bad) / max(1, sum(labels.values()))
    last = _last(use, limit)
    why = "they count from 1; Caffe counts from 0" if low == 1 and high == limit.classes else ""
    ignores = bad == [UNLABELLED] and limit.classes < UNLABELLED
    edits = _edits(use, last, high + 1) if low >= 0 and not ignores else []
    cure = f"num_output: {high + 1}" if low >= 0 else "make the labels 0 or more"
    if ignores:
        cure = f"loss_param {{ ignore_label: {UNLABELLED} }}, if these pixels are unlabelled"
    return Finding(
        f"labels are {low} to {high}, but {limit.reader} has {limit.classes} classes",
        use.span(last.index if last else source.index, "inner_product_param.num_output"),
        hint=f"{why}: subtract 1, or {cure}" if why else cure,
        fix=Fix(cure, tuple(edits)) if edits else None,
        about=source.name,
        why=f'in the {source.phase} data of layer "{source.name}" {share:.0%} of the labels '
        f"lie outside "
        f"0 to {limit.classes - 1}",
    )


def _last(use: NetUse, limit: Limit) -> Node | None:
    """The layer that makes the scores, past Splits; None if it has no num_output."""
    reader = next((node for node in use.nodes if f'"{node.name}"' in limit.reader), None)
    node = wiring.writer(use.graph, reader) if reader else None
    return node if node is not None and wiring.makes_scores(node.layer) else None


def _edits(use: NetUse, node: Node | None, classes: int) -> list[FileEdit]:
    if node is None or node.index is None:
        return []
    return fix.put_layer(use.net, node.index, f"{node.layer.param_field}.num_output", str(classes))
