"""Findings as a list of objects."""

from __future__ import annotations

import json

from tests.lint.checks import Folder
from tests.lint.command import run
from tests.lint.nets import DEAD


def test_json(folder: Folder) -> None:
    folder.write(net=DEAD)
    (entry,) = json.loads(run("solver.prototxt", "--select", "C2T201", "--format", "json").output)
    assert entry["file"] == "train_val.prototxt"
    assert entry["severity"] == "error"
    assert entry["fix"]["safe"] is False
    assert entry["line"] > 20
