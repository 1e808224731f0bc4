"""Findings as SARIF 2.1.0."""

from __future__ import annotations

import json

from tests.lint.checks import Folder
from tests.lint.command import run
from tests.lint.nets import DEAD


def test_sarif(folder: Folder) -> None:
    folder.write(net=DEAD)
    log = json.loads(run("solver.prototxt", "--format", "sarif").output)
    (one,) = log["runs"]
    ids = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    for result in one["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
