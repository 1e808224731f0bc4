"""Results of engines as a table of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from caffe2torch.engines.check import Result

HEAD = ("engine", "version", "difference", "ms", "first differing layer")


def cells(result: Result) -> tuple[str, ...]:
    """What the table says of one engine."""
    gap = "cannot run" if result.difference is None else f"{result.difference:.1e}"
    ms = "" if result.milliseconds is None else f"{result.milliseconds:.1f}"
    layer = result.layer or ("" if result.equal else "?")
    if result.around:
        layer = f"none, around {', '.join(result.around)}"
    return result.engine, result.version, gap, ms, layer


def table(results: Sequence[Result]) -> list[str]:
    """Lines: the heading, one an engine, and behind those that cannot run what they say."""
    rows = [HEAD, *map(cells, results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = []
    for row, result in zip(rows, [None, *results], strict=True):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append(line.rstrip())
        if result is not None and result.problem:
            lines.append(f"  {result.problem}"[:80])
    return lines
