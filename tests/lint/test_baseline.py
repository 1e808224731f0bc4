"""A baseline: findings that are known and not shown again."""

from __future__ import annotations

from pathlib import Path

from tests.lint.checks import Folder
from tests.lint.command import codes, run
from tests.lint.nets import DEAD


class TestBaseline:
    """Findings that are known are not shown again."""

    def test_round_trip(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        run("solver.prototxt", "--write-baseline", "base.json", code=0)
        assert codes(run("solver.prototxt", "--baseline", "base.json", "--format", "json")) == []

    def test_edits_elsewhere_do_not_matter(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        run("solver.prototxt", "--write-baseline", "base.json")
        folder.write(net="# one more line\n" + DEAD)
        assert codes(run("solver.prototxt", "--baseline", "base.json", "--format", "json")) == []

    def test_new_findings_are_shown(self, folder: Folder) -> None:
        run("solver.prototxt", "--write-baseline", "base.json")
        folder.write(net=DEAD)
        found = run("solver.prototxt", "--baseline", "base.json", "--format", "json")
        assert "C2T201" in codes(found)

    def test_no_baseline_file(self, folder: Folder) -> None:
        Path("base.json").write_text("[]", encoding="utf-8")
        run("solver.prototxt", "--baseline", "base.json", code=2)
