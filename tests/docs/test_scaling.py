"""The table in docs/scaling.md is what its own program prints."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path


def test_the_program_prints_the_table(root: Path) -> None:
    text = (root / "docs" / "scaling.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(program, "scaling.md", "exec"), {})
    rows = printed.getvalue().splitlines()
    assert len(rows) == 6
    assert "\n".join(rows) in text
