"""The configuration file: where it is searched, and which setting decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.checks import Folder
from tests.lint.command import codes, run
from tests.lint.nets import DEAD


class TestConfiguration:
    """pyproject.toml, c2t.toml, options over them."""

    @pytest.mark.parametrize(
        ("name", "head"), [("c2t.toml", "[lint]"), ("pyproject.toml", "[tool.c2t.lint]")]
    )
    def test_it_is_found(self, folder: Folder, name: str, head: str) -> None:
        folder.write(net=DEAD)
        Path(name).write_text(f'{head}\nignore = ["C2T2"]\n', encoding="utf-8")
        assert "C2T201" not in codes(run("solver.prototxt", "--format", "json"))
        assert "C2T201" in codes(run("solver.prototxt", "--format", "json", "--isolated"))

    def test_the_longer_prefix_decides(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        Path("c2t.toml").write_text(
            '[lint]\nignore = ["C2T2"]\nextend-select = ["C2T201"]\n', encoding="utf-8"
        )
        assert "C2T201" in codes(run("solver.prototxt", "--format", "json"))

    def test_by_file(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        Path("c2t.toml").write_text(
            '[lint]\nper-file-ignores = { "train_val*" = ["C2T201"] }\n', encoding="utf-8"
        )
        assert "C2T201" not in codes(run("solver.prototxt", "--format", "json"))

    @pytest.mark.parametrize(
        "text",
        [
            "[lint]\nselct = []\n",
            "[lint\n",
            "[lint]\nselect = 3\n",
            '[lint]\nignore=["Q"]\n',
            'ignore = ["C2T1"]\n',
            "lint = 3\n",
            "a = " + "[" * 100_000,
        ],
    )
    def test_mistakes_are_explained(self, folder: Folder, text: str) -> None:
        Path("c2t.toml").write_text(text, encoding="utf-8")
        assert run("solver.prototxt", code=2).output.startswith("error: ")

    @pytest.mark.parametrize(
        "text", ["tool = 3\n", "[tool]\nc2t = [1]\n", "[tool.c2t]\nlint = 1\n"]
    )
    def test_a_value_in_place_of_a_table_is_named(self, folder: Folder, text: str) -> None:
        Path("pyproject.toml").write_text(text, encoding="utf-8")
        assert "has a value of the wrong kind" in run("solver.prototxt", code=2).output
