"""A Dropout layer drops everything, nothing, or what the loss needs.

What it does: looks at the Dropout layers of the TRAIN net: dropout_ratio at or beyond 1 or below
0, very high, or 0; and Dropout on the scores that a loss reads, or on labels.

Why: the ratio is the share that is dropped, not kept. At 1 Caffe multiplies zeros by 1 / (1 - 1):
NaN (measured: fatal at once); beyond 1 it aborts. 0.9 and more leaves few units and multiplies
them by 10 and more. On the scores themselves Dropout sets random classes' scores to 0: the loss
cannot fall to 0 then, and cross-entropy of a dropped right class teaches the net wrong.
Source: Srivastava et al. 2014; Caffe src/caffe/layers/dropout_layer.cpp, LayerSetUp.

Bad::

    dropout_param { dropout_ratio: 1 }

Good::

    dropout_param { dropout_ratio: 0.5 }

Fix: 1 - ratio for a ratio near 1 (0.5 for impossible ones), or removing the layer from the scores.
Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 24

HIGH = 0.9
RATIO = "dropout_param.dropout_ratio"


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each such layer."""
    for node in c.train.nodes:
        if node.type != "Dropout":
            continue
        ratio = node.param.dropout_param.dropout_ratio
        if 0 < ratio < 1 and _on_labels(c, node):
            yield _labels(c, node, ratio)
            continue
        if not 0 <= ratio < 1:
            yield _impossible(c, node, ratio)
        elif ratio >= HIGH:
            yield _high(c, node, ratio)
        elif ratio == 0:
            yield Finding(
                f'layer "{node.name}": dropout_ratio 0 drops nothing',
                c.train.span(node.index, RATIO),
                severity="info",
                hint="remove the layer",
                ways=("give it a ratio",),
                about=node.name,
            )
        elif _on_scores(c, node):
            yield _scores(c, node, ratio)


def _put(c: Context, node: Node, value: float) -> tuple[FileEdit, ...]:
    if node.index is None:
        return ()
    return tuple(fix.put_layer(c.train.net, node.index, RATIO, fix.number(value)))


def _impossible(c: Context, node: Node, ratio: float) -> Finding:
    effect = "0 · 1/(1 − 1), which is NaN" if ratio == 1 else "no probability: Caffe aborts"
    edits = _put(c, node, 0.5)
    return Finding(
        f'layer "{node.name}": dropout_ratio {ratio:g} is the share that is dropped',
        c.train.span(node.index, RATIO),
        hint="dropout_ratio: 0.5",
        fix=Fix("dropout_ratio: 0.5", edits) if edits else None,
        about=node.name,
        why=effect,
    )


def _high(c: Context, node: Node, ratio: float) -> Finding:
    edits = _put(c, node, 1 - ratio)
    return Finding(
        f'layer "{node.name}": dropout_ratio {ratio:g} leaves {1 - ratio:.0%} of the values',
        c.train.span(node.index, RATIO),
        severity="error" if ratio >= 0.99 else "warning",
        hint=f"dropout_ratio: {fix.number(1 - ratio)} if {ratio:g} was to be kept",
        fix=Fix(f"dropout_ratio: {fix.number(1 - ratio)}", edits) if edits else None,
        about=node.name,
        why=f"they are taken times {1 / (1 - ratio):.3g}; the ratio is the share that is "
        f"dropped, not "
        "kept",
    )


def _on_scores(c: Context, node: Node) -> bool:
    """Whether it stands between a layer with weights and a classifier's loss."""
    readers = wiring.following(c.train.graph, node)
    maker = wiring.scored_by(c.train.graph, node)
    is_loss = any(other.layer.loss for other in readers)
    return is_loss and maker is not None and maker.layer.plays(Role.WEIGHTS)


def _on_labels(c: Context, node: Node) -> bool:
    """Whether what it drops is the second top of a data layer."""
    maker = wiring.writer(c.train.graph, node)
    blob = wiring.known_as(c.train.graph, node.bottoms[0])
    return maker is not None and maker.layer.source and blob in maker.tops[1:2]


def _labels(c: Context, node: Node, ratio: float) -> Finding:
    return Finding(
        f'layer "{node.name}" (Dropout) is applied to labels',
        c.train.span(node.index, "bottom"),
        hint="let it read activations, not labels",
        why=f"it makes class 0 of {ratio:.0%} of them, and multiplies the rest by "
        f"{1 / (1 - ratio):.3g}",
        about=node.name,
    )


def _scores(c: Context, node: Node, ratio: float) -> Finding:
    in_place = node.index is not None and node.site.in_place
    edits = tuple(fix.drop_layer(c.train.net, node.index or 0)) if in_place else ()
    return Finding(
        f'layer "{node.name}" drops {ratio:.0%} of the scores that the loss reads',
        c.train.span(node.index, "bottom"),
        severity="warning",
        hint="move it in front of the last layer with weights",
        why="the score of the right class is among them",
        fix=Fix(f"remove {node.name}", edits) if edits else None,
        about=node.name,
    )
