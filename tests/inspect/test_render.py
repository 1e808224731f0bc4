"""Reports as plain text and on terminals of any width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from caffe2torch.inspect.render import lines, show
from caffe2torch.inspect.report import Report, Table

REPORT = Report(
    "net",
    "x",
    {},
    ["title", Table(("layer", "count"), [("conv1", "1,000"), ("[red]a\x1b[31m", "7")]), "a\nb"],
)


def test_plain_text_is_aligned_and_never_cut() -> None:
    assert list(lines(REPORT)) == [
        "title",
        "layer           count",
        "conv1           1,000",
        "[red]a\\x1b[31m      7",
        "a",
        "b",
    ]


def shown(width: int) -> str:
    out = io.StringIO()
    show(REPORT, Console(file=out, width=width, force_terminal=True, color_system=None))
    return out.getvalue()


@pytest.mark.parametrize("width", [20, 41, 80, 200])
def test_markup_and_control_characters_are_shown_as_they_are(width: int) -> None:
    text = shown(width)
    assert "[red]a\\x1b[31m" in text
    assert "\x1b[31m" not in text


def test_no_line_is_wider_than_the_terminal_and_numbers_stay_whole() -> None:
    report = Report("x", "", {}, [Table(("name", "count"), [("n" * 100, "123,456,789")])])
    out = io.StringIO()
    show(report, Console(file=out, width=44, force_terminal=True, color_system=None))
    rows = out.getvalue().splitlines()
    assert max(map(len, rows)) <= 44
    assert any("123,456,789" in row for row in rows)
    assert sum(row.count("n") for row in rows) == 100 + "name count".count("n")
