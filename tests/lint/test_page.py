"""The page of the rules: its tables, and a docstring as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caffe2torch.lint import page, rules
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

DOC = """A pad is odd.

What it does: looks.

Bad::

    pad: 1

    pad: 3

Good::

    pad: 2
"""
SECTION = """### C2T499 odd-pad

A pad is odd. *info*

What it does: looks.

Bad:

```
pad: 1

pad: 3
```

Good:

```
pad: 2
```"""


def nothing(_context: Context) -> Iterator[Finding]:
    return iter(())


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of two rules."""
    odd = rules.Rule("C2T499", "odd-pad", "info", 50, (), DOC, nothing)
    plain = rules.Rule("C2T299", "loud", "error", 50, (), "Too loud.\n\nWhy: it is.", nothing)
    monkeypatch.setattr(rules, "every", lambda: (plain, odd))
    return page.render()


def test_examples_become_fenced_blocks(text: str) -> None:
    assert text.endswith("\n\n" + SECTION + "\n")


def test_a_doc_without_examples_has_no_fence(text: str) -> None:
    assert "### C2T299 loud\n\nToo loud. *error*\n\nWhy: it is.\n\n### C2T499" in text


def test_each_rule_is_a_row_of_its_group(text: str) -> None:
    rows = "| code | name | | what |\n|---|---|---|---|\n"
    assert f"## Signal\n\n{rows}| [C2T299](#c2t299-loud) | loud | error | Too loud |\n" in text
    assert (
        f"## Graph\n\n{rows}| [C2T499](#c2t499-odd-pad) | odd-pad | info | A pad is odd |" in text
    )


def test_the_engines_own_codes_come_first(text: str) -> None:
    assert text.index("| C2T001 |") < text.index("## Data")
