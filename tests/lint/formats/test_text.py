"""Findings as people read them: the line, and a caret below it."""

from __future__ import annotations

import pytest

from caffe2torch.errors import Span
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.formats.text import excerpt
from tests.lint.checks import Folder
from tests.lint.command import run
from tests.lint.nets import DEAD


def test_text_shows_the_line_and_a_caret(folder: Folder) -> None:
    output = run("solver.prototxt", code=1).output if folder.write(net=DEAD) else ""
    at = output.index("C2T201[signal-vanishes]")
    _, line, caret, *_ = output[at:].splitlines()
    assert line.endswith('|     weight_filler { type: "xavier" }')
    assert caret.strip(" |") == "^" * len('weight_filler { type: "xavier" }')
    assert "\x1b[" not in output


@pytest.mark.parametrize("columns", [0, 40, 60, 500])
@pytest.mark.parametrize("lead", [0, 10, 300])
def test_a_narrow_terminal_shows_the_part_around_the_caret(columns: int, lead: int) -> None:
    line = "x" * lead + "num_output: 4" + "y" * 200
    span = Span("net.prototxt", 1, lead + 1, lead, lead + len("num_output: 4"))
    shown, caret = excerpt(Finding("bad", span), {"net.prototxt": line}, columns)
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "num_output: 4"
    assert not columns or max(len(shown), len(caret)) <= columns
    assert columns or shown.endswith(line)
