"""The training curve as a picture, drawn from metrics.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe2torch.atomic import replacing
from caffe2torch.train.metrics import Row, read

HIDDEN = ("iteration", "lr", "images_per_second")
COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf")


def draw(metrics: Path, picture: Path, title: str = "") -> bool:
    """Draw losses above and other scores below, over the iterations; False if there is nothing.

    Scores that stay within 0 and 1, such as accuracies, share an axis from 0 to 1.
    """
    rows = read(metrics)
    columns = [c for c in dict.fromkeys(c for row in rows for c in row) if c not in HIDDEN]
    series = {c: points(rows, c) for c in columns if any(row.get(c) for row in rows)}
    losses = {c: p for c, p in series.items() if "loss" in c.lower()}
    if sum(c.startswith("train ") for c in losses) == 1:  # it is the smoothed loss, unsmoothed
        losses = {c: p for c, p in losses.items() if not c.startswith("train ")}
    scores = {c: p for c, p in series.items() if "loss" not in c.lower()}
    groups = [group for group in (losses, scores) if group]
    if not groups:
        return False
    # Figure itself, not pyplot: no window system is asked for, and the import is half as long.
    from matplotlib.figure import Figure

    height = 3 * len(groups) + 0.6
    figure = Figure(figsize=(8, height))  # a layout engine would take longer than the rest
    figure.subplots_adjust(0.09, 0.5 / height, 0.97, 1 - 0.4 / height, hspace=0.25)
    panes = figure.subplots(len(groups), 1, squeeze=False)[:, 0]
    for axes, group in zip(panes, groups, strict=True):
        _plot(axes, group)
    figure.suptitle(title, y=1 - 0.1 / height, va="top")
    with replacing(picture) as aside:
        figure.savefig(aside, format="png", dpi=120)
    return True


def points(rows: list[Row], column: str) -> list[tuple[int, float]]:
    """Return iteration and value of each row that has the column."""
    return [(int(row["iteration"]), float(row[column])) for row in rows if row.get(column)]


def _plot(axes: Any, group: dict[str, list[tuple[int, float]]]) -> None:
    for i, (name, values) in enumerate(group.items()):
        style = {"marker": "o", "markersize": 3} if name.startswith("test") else {"linewidth": 1}
        label = "train loss (smoothed)" if name == "loss" else name
        axes.plot(*zip(*values, strict=True), color=COLORS[i % len(COLORS)], label=label, **style)
    highest = max(y for values in group.values() for _, y in values if y == y)
    if "loss" not in group and 0 <= highest <= 1:
        axes.set_ylim(0, 1.02)
    axes.set_xlabel("iteration")
    axes.grid(alpha=0.3)
    axes.legend()
