"""Prints a report: aligned text into files and pipes, tables that fit the window on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from caffe2torch.inspect.report import Report, Table
from caffe2torch.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable


NARROW = 40
"""Columns below which cells would be cut into letters; the terminal wraps whole lines then."""


def lines(report: Report) -> Iterator[str]:
    """Yield the report as lines of plain text, as wide as they need to be."""
    for part in report.body:
        if isinstance(part, str):
            yield from map(printable, part.split("\n"))
        else:
            yield from _aligned(part)


def _aligned(table: Table) -> Iterator[str]:
    rows = [[printable(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if i < table.left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def show(report: Report, console: Console) -> None:
    """Print the report on a terminal; what does not fit in a cell goes on in its next line."""
    from rich.text import Text

    if console.width < NARROW:
        for line in lines(report):
            console.print(Text(line))
        return
    for part in report.body:
        if isinstance(part, str):
            for line in part.split("\n"):
                console.print(Text(printable(line)))
        else:
            console.print(_table(part))


def _table(table: Table) -> RichTable:
    """A rich table; cells are Text, so that brackets in names are no markup."""
    from rich.table import Table as RichTable
    from rich.text import Text

    out = RichTable(box=None, pad_edge=False, header_style="bold")
    for i, name in enumerate(table.columns):
        words = i < table.left
        if words:
            out.add_column(Text(name), overflow="fold")
        else:
            out.add_column(Text(name), justify="right", no_wrap=True)
    for row in table.rows:
        out.add_row(*(Text(printable(cell)) for cell in row))
    return out
