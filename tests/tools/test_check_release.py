"""What a release check reads; the check itself installs packages and is run by hand."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from caffe2torch import __version__
from caffe2torch.cli import cli
from tests.conftest import ROOT
from tools import check_release


def test_a_file_that_the_wheel_lacks_is_named(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("caffe2torch/cli.py", "")
    lacking = check_release.missing(wheel)
    assert "caffe2torch/__init__.py" in lacking
    assert "caffe2torch/cli.py" not in lacking


def test_the_smoke_test_uses_commands_that_there_are() -> None:
    words = [line.split() for line in check_release.SMOKE]
    named = {line[1] for line in words if len(line) > 1 and not line[1].startswith("-")}
    assert named <= set(cli.files())
    assert {"quickstart", "lint", "convert"} <= named


def test_a_failing_command_is_named(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(check_release, "SMOKE", ("true", "false"))
    assert check_release.use(tmp_path, tmp_path) == ["false"]
    assert capsys.readouterr().out.startswith("ok     true\nFAILED false\n")


def test_the_newest_version_of_the_changelog_is_the_packages() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\S+)", changelog, re.M)[0] == __version__
    assert set(re.findall(r"^### (.+)", changelog, re.M)) <= {
        "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security",
    }  # fmt: skip
    assert f"rev: v{__version__}\n" in (ROOT / "docs" / "lint.md").read_text()


def test_the_extra_all_holds_every_extra_of_users() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    part = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    extras = set(re.findall(r"^(\w+) = ", part, re.M))
    (everything,) = re.findall(r'^all = \["caffe2torch\[(.+)\]"\]', part, re.M)
    assert set(everything.split(",")) == extras - {"all", "dev", "docs"}
