"""The figures as a page of the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from tools.benchmarks.pairs import Ratio

HEAD = """<!-- written by tools/bench.py all --page docs/performance.md -->
# Performance

Each figure is a ratio of ours to a reference that ran in turn with it, in the same process or
beside it: medians after a warm-up, less is better. `goal` is what the project holds itself to.
Measure your own machine with

    python tools/bench.py all

"""


def text(machine: Mapping[str, str], figures: Sequence[tuple[str, Ratio]]) -> str:
    """The page in Markdown: the machine, then one table a group."""
    lines = ["## Machine", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine.items()]
    for group, members in groupby(figures, lambda pair: pair[0]):
        lines += ["", f"## {group}", "", "| What | ratio | goal | against | ours | theirs |"]
        lines.append("|---|---|---|---|---|---|")
        lines += [_row(ratio) for _, ratio in members]
    return HEAD + "\n".join(lines) + "\n"


def _row(ratio: Ratio) -> str:
    ratio_text = f"{ratio.ratio:.2f}" + ("" if ratio.ratio <= ratio.goal else " (misses)")
    cells = (ratio.name, ratio_text, f"{ratio.goal:g}", ratio.against)
    return f"| {' | '.join(cells)} | {ratio.shown(ratio.ours)} | {ratio.shown(ratio.theirs)} |"
