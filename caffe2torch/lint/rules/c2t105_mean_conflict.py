"""The mean does not fit the data: two kinds of it, a wrong number of values, or another size.

What it does: looks for mean_file together with mean_value, for a number of mean_value other than 1
or the number of channels, and for a mean_file of another size than the records (uncropped).

Why: Caffe stops at each of these; at the wrong size only when the first batch is read.
Source: Caffe src/caffe/data_transformer.cpp, constructor and Transform.

Bad::

    mean_file: "mean.binaryproto"  mean_value: 104 mean_value: 117 mean_value: 123

Good::

    mean_file: "mean.binaryproto"

Fix: of two kinds the mean_file stays; of too many values the first of each channel. Unsafe: only
you know which was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.format.text import Block
from caffe2torch.lint import data_layers, fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 13
YIELDS_TO = ("C2T110", "C2T118", "C2T119")

COLOR = 3


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each layer whose mean Caffe refuses."""
    for source in data_layers.images(c):
        values = len(source.transform.mean_value)
        if source.transform.HasField("mean_file") and values:
            yield _both(source, values)
        elif values > 1:
            yield from _count(source, values)
        elif source.transform.HasField("mean_file"):
            yield from _size(source)


def _both(source: SourceUse, values: int) -> Finding:
    edits = data_layers.drop([source], "transform_param.mean_value")
    return Finding(
        f'mean_file "{source.transform.mean_file}" and mean_value together',
        source.span("transform_param.mean_value"),
        hint="keep one of the two",
        fix=Fix("remove mean_value", edits) if edits else None,
        about=source.name,
        why="Caffe stops",
    )


def _count(source: SourceUse, values: int) -> Iterator[Finding]:
    channels = source.channels
    if channels == values or (not channels and values == COLOR):
        return
    known = f"{channels} channel(s)" if channels else "images, which have 1 or 3 channels"
    mean = sum(source.transform.mean_value) / values
    edits = _single(source, fix.number(mean)) if channels == 1 else []
    yield Finding(
        f"{values} mean_value for {known} in {data_layers.names([source])}",
        source.span("transform_param.mean_value"),
        severity="error" if channels else "warning",
        hint="write one value" if channels == 1 else f"write one value, or {channels or COLOR}",
        fix=Fix("one mean_value, their average", tuple(edits)) if edits else None,
        about=source.name,
        why="Caffe stops",
    )


def _single(source: SourceUse, value: str) -> list[FileEdit]:
    """One mean_value in place of several."""
    net = source.net
    layer = net.origins[source.index]
    field = layer.find("transform_param") if layer else None
    block = field.value if field and isinstance(field.value, Block) else None
    return fix.put_all(net.document, block, "mean_value", [value])


def _size(source: SourceUse) -> Iterator[Finding]:
    mean, stats, crop = source.mean, source.stats, source.transform.crop_size
    if mean is None:
        return
    shape = tuple(int(n) for n in mean.shape)
    data = next(iter(stats.shapes), None) if stats else None
    if data is not None and len(data) == 3 and tuple(data) != shape:
        what = f"and the records are {_times(data)} (before cropping)"
    elif crop and min(shape[1:]) < crop:
        what = f"smaller than crop_size {crop}; it has the size of the uncropped records"
    else:
        return
    yield Finding(
        f'mean_file "{source.transform.mean_file}" is {_times(shape)}, {what}',
        source.span("transform_param.mean_file"),
        hint="compute the mean from this very database, or use mean_value",
        about=source.name,
        why="Caffe stops at the first batch",
    )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
