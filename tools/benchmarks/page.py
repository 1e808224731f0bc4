"""The figures as a page of the docs, with a plot of growth beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from tools.benchmarks.pairs import Ratio

HEAD = """<!-- written by tools/bench.py all --page docs/performance.md -->
# Performance

Each figure is a ratio of ours to a reference that ran in turn with it, in the same process or
beside it: medians after a warm-up, less is better. `goal` is what the project holds itself to.
Measure your own machine with

    python tools/bench.py all

A goal of 0.5 against real Caffe is twice its speed. What misses its goal says so; a shared machine
moves single figures by some per cent, and ratios of small nets by more.

"""

PLOT = "assets/growth.svg"
GROWTH = f"""
![Seconds to read and wire nets of growing size, in logarithmic axes: straight lines]({PLOT})

Seconds of processor time to read and wire nets of growing size. On these axes what grows with the
size is a line of slope one, as the grey one.
"""

TRIED = """
## Tried without profit

- Sorting all scores in DetectionOutput, and comparing all pairs of boxes of a class in one matrix:
  38 ms for an SSD300 of 8,732 priors whose 20 classes have 400 candidates each, against 6 ms when
  the likeliest of all classes are taken first and the search ends with the last that is kept.
- `F.instance_norm` for MVN: its 1 / sqrt(var + eps) is not Caffe's 1 / (std + eps); the kernels of
  layer normalization take Caffe's factor, and are faster.
- Letting idle OpenMP threads spin: no step became faster on idle processors (LeNet, CIFAR10-quick
  and GoogLeNet, three runs in turn, within the noise), and with other work on the machine a step of
  LeNet took 880 ms instead of 130.
"""


def draw(curves: Mapping[str, Sequence[tuple[int, float]]], path: Path) -> None:
    """Draw the seconds of each kind of net over its size, with a line of slope one."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "growth", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        for title, points in curves.items():
            axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=title)
        most, slowest = max(point for points in curves.values() for point in points)
        axes.plot([most / 100, most], [slowest / 100, slowest], color="0.6", linestyle="--")
        axes.set(xscale="log", yscale="log", xlabel="how many", ylabel="seconds")
        axes.legend(frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def text(machine: Mapping[str, str], figures: Sequence[tuple[str, Ratio]]) -> str:
    """The page in Markdown: the machine, then one table a group."""
    lines = ["## Machine", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine.items()]
    for group, members in groupby(figures, lambda pair: pair[0]):
        lines += ["", f"## {group}", "", "| What | ratio | goal | against | ours | theirs |"]
        lines.append("|---|---|---|---|---|---|")
        lines += [_row(ratio) for _, ratio in members]
        lines += [GROWTH] if group == "scale" else []
    lines.append(TRIED)
    return HEAD + "\n".join(lines) + "\n"


def _row(ratio: Ratio) -> str:
    ratio_text = f"{ratio.ratio:.2f}" + ("" if ratio.ratio <= ratio.goal else " (misses)")
    cells = (ratio.name, ratio_text, f"{ratio.goal:g}", ratio.against)
    return f"| {' | '.join(cells)} | {ratio.shown(ratio.ours)} | {ratio.shown(ratio.theirs)} |"
