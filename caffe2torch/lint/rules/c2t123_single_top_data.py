"""A data layer with one top, in a net that asks for labels.

What it does: where a layer reads a blob that no layer makes, looks for a data layer with a single
top.

Why: the second top of Data and ImageData are the labels; with one top Caffe does not read them. The
layer that wants them then finds no such blob, and Caffe stops there with "Unknown bottom blob",
which does not say why. A net that needs no labels (an autoencoder) is fine with one top.
Source: Caffe src/caffe/layers/base_data_layer.cpp, LayerSetUp: output_labels_.

Bad::

    layer { name: "data" type: "Data" top: "data" ... }
    layer { type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" ... }

Good::

    layer { name: "data" type: "Data" top: "data" top: "label" ... }

Fix: adds the blob as second top. Unsafe: it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 12


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding a net use, at the first layer that misses its blob."""
    for use in c.uses:
        single = [s for s in use.sources if s.images and len(s.layer.top) == 1]
        missing = _missing(use)
        if single and missing:
            yield _finding(use, single[0], *missing)


def _missing(use: NetUse) -> tuple[int, str] | None:
    """The first layer that reads a blob that nothing makes, and the blob."""
    existing: set[str] = set()
    for index, layer in use.layers:
        for blob in layer.bottom:
            if blob not in existing:
                return index, blob
        existing.update(layer.top)
    return None


def _finding(use: NetUse, source: SourceUse, index: int, blob: str) -> Finding:
    reader = use.net.message.layer[index]
    edits = _edits(source, blob)
    return Finding(
        f'layer "{reader.name}" reads "{blob}", which nothing makes',
        use.span(index, "bottom"),
        hint=f'top: "{blob}" behind top: "{source.layer.top[0]}"',
        fix=Fix(f'top: "{blob}"', edits) if edits else None,
        about=source.name,
        why=(
            f"{source.phase} layer "
            f'"{source.name}" has a single top ("{source.layer.top[0]}"), so it reads no labels'
        ),
    )


def _edits(source: SourceUse, blob: str) -> tuple[FileEdit, ...]:
    span = source.span("top[0]")
    if span is None:
        return ()
    return (FileEdit(span.file, span.end, span.end, f'\n  top: "{blob}"'),)
