"""A census of a database as text, as JSON and as a sheet of pictures and charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe2torch.atomic import replacing
from caffe2torch.data import boxed, datum
from caffe2torch.data.census import Census
from caffe2torch.data.sources import Source
from caffe2torch.data.sources.base import Buffer, walk
from caffe2torch.errors import C2TError, plural, shape_text

BAR = 40  # columns of the longest bar
SHOWN = 30  # labels in the histogram
PICTURES = 24


def lines(census: Census) -> list[str]:
    """Return the census as lines for a terminal."""
    out = [f"{census.path}: {census.count:,} records, {census.encoded:,} of them encoded"]
    for shape, count in census.shapes.most_common(10):
        out.append(f"  {shape_text(shape)}: {count:,}")
    for count, channels in sorted(census.channels.items()):
        out.append(f"records of {plural(count, 'channel')}: channel, mean, std, low, high")
        rows = zip(channels.mean, channels.std, channels.low, channels.high, strict=True)
        for i, (mean, std, low, high) in enumerate(rows):
            out.append(f"  {i}: {mean:10.4f} {std:10.4f} {low:10.4f} {high:10.4f}")
    out += _label_lines(census)
    if census.duplicates:
        out.append(f"{len(census.duplicates):,} records have the pixels of another:")
        out += [f'  "{key}" those of "{first}"' for key, first in census.duplicates[:10]]
    if census.outside:
        out.append(f"{len(census.outside):,} records have boxes that no image can have:")
        out += [f'  "{key}": {fault}' for key, fault in census.outside[:10]]
    if census.faults:
        out.append(f"{len(census.faults):,} records cannot be used:")
        out += [f'  "{key}": {fault}' for key, fault in census.faults[:10]]
    return out


def _label_lines(census: Census) -> list[str]:
    if not census.labels:
        return ["no box in any record"] if census.annotated else []
    most = max(census.labels.values())
    head = plural(len(census.labels), "label")
    out = [f"{head} of {plural(census.boxes, 'object')}:" if census.boxes else f"{head}:"]
    for label, count in sorted(census.labels.items())[:SHOWN]:
        out.append(f"  {label:5}: {count:8,} {'#' * max(1, round(BAR * count / most))}")
    if len(census.labels) > SHOWN:
        out.append(f"  ... and {len(census.labels) - SHOWN} more")
    if census.annotated:
        return out
    order = "sorted by label: batches are not mixed → c2t copy --shuffle"
    if not census.sorted_by_label:
        order = f"runs of equal labels are {census.mean_run:.2f} records long"
    return [*out, f"order: {order}"]


def as_dict(census: Census) -> dict[str, Any]:
    """Return the census in JSON's types."""
    return {
        "path": census.path,
        "records": census.count,
        "encoded": census.encoded,
        "annotated": census.annotated,
        "boxes": census.boxes,
        "shapes": [{"shape": s, "records": n} for s, n in census.shapes.most_common()],
        "labels": {str(label): n for label, n in sorted(census.labels.items())},
        "mean_run": census.mean_run,
        "sorted_by_label": census.sorted_by_label,
        "channels": {
            str(count): {
                "mean": c.mean.tolist(), "std": c.std.tolist(), "low": c.low.tolist(),
                "high": c.high.tolist(), "histograms": c.histograms.tolist(),
            }
            for count, c in census.channels.items()
        },
        "duplicates": census.duplicates,
        "faults": census.faults,
    }  # fmt: skip


def write_sheet(census: Census, source: Source, path: Path) -> None:
    """Draw images spread over the database, the labels and the channels' histograms as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    grid = figure.add_gridspec(5, 8)
    step = max(1, census.count // PICTURES)
    wanted = (value for i, (_, value) in enumerate(walk(source)) if i % step == 0)
    for place, value in zip(range(PICTURES), wanted, strict=False):
        axes = figure.add_subplot(grid[place // 8, place % 8])
        axes.axis("off")
        try:
            record = datum.parse(boxed.plain(value))
            axes.imshow(_visible(datum.pixels(record)), cmap="gray")
            axes.set_title(_title(value, record.label), fontsize=8)
        except C2TError:
            axes.set_title("unreadable", fontsize=8)
    axes = figure.add_subplot(grid[3:, :4])
    axes.bar(list(census.labels), list(census.labels.values()))
    axes.set(title="labels", xlabel="label", ylabel="records")
    axes = figure.add_subplot(grid[3:, 4:])
    for channels in census.channels.values():
        for number, histogram in enumerate(channels.histograms):
            axes.plot(histogram, label=f"channel {number} of {len(channels.histograms)}")
    axes.set(title="values", xlabel="value", ylabel="pixels")
    axes.legend()
    with replacing(path) as aside:
        figure.savefig(aside, format="png", dpi=80)


def _title(value: Buffer, label: int) -> str:
    """The label of a picture, or those of its boxes."""
    if not boxed.is_boxed(value):
        return str(label)
    return ", ".join(sorted({str(label) for label, _ in boxed.boxes(boxed.message(value))}))


def _visible(pixels: Any) -> Any:
    """Return pixels (C, H, W), blue first, as matplotlib takes them."""
    import numpy as np

    if len(pixels) >= 3:
        pixels = pixels[2::-1].transpose(1, 2, 0)
    else:
        pixels = pixels[0]
    if pixels.dtype == np.uint8:
        return pixels
    low, high = float(np.nanmin(pixels)), float(np.nanmax(pixels))
    return (pixels - low) / ((high - low) or 1.0)
