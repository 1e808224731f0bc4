"""The pages of commands and of the Python API: what they hold, and how text becomes Markdown."""

from __future__ import annotations

import subprocess
import sys

import pytest

import caffe2torch
from caffe2torch.cli import cli
from tests.conftest import ROOT
from tools import commands_page, reference_page
from tools.markdown import cell, escaped


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("base_lr of a_b_c", "base_lr of a_b_c"),
        ("_this_ and *that*", r"\_this\_ and \*that\*"),
        ("a < b | c", r"a \< b \| c"),
        ("`x_ | *y*` stays", "`x_ | *y*` stays"),
    ],
)
def test_prose_is_escaped_and_code_is_not(text: str, written: str) -> None:
    assert escaped(text) == written


def test_a_cell_is_one_line_with_its_bars_escaped() -> None:
    assert cell("`[a|b]`\n  of | them") == r"`[a\|b]` of \| them"


def test_the_page_holds_every_public_name_and_imports_no_torch() -> None:
    script = "import sys; from tools import reference_page; print(reference_page.page()); "
    script += "assert 'torch' not in sys.modules"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in caffe2torch._PUBLIC:
        assert f"\n### {name}\n" in run.stdout


def test_a_property_has_no_brackets_and_a_dataclass_its_fields() -> None:
    page = reference_page.page()
    assert "\n`iter: int`\n" in page
    assert "class caffe2torch.train.watch.Score(blob: str, value: float" in page


def test_the_page_holds_every_command_with_its_example() -> None:
    page = commands_page.page()
    for name in cli.files():
        assert f"\n### c2t {name}\n" in page
    assert "\n### c2t import idx\n" in page
    assert "| `-o, --output FILE` |" in page
