"""What the model predicts once all fixes are made."""

from __future__ import annotations

from tests.lint.checks import Folder
from tests.lint.command import run
from tests.lint.nets import DEAD


def test_all_fixes_are_foretold(folder: Folder) -> None:
    output = run("solver.prototxt", code=1).output if folder.write(net=DEAD) else ""
    assert "with all of it fixed (c2t lint --fix --unsafe-fixes solver.prototxt):" in output
    assert "logit std 0.00" in output.split("with all of it fixed")[1]
