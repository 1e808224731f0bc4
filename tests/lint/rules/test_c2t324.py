"""C2T324 snapshot-folder-missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T324"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


@pytest.mark.parametrize("prefix", ["models/", "models/net", "a/b/net"])
def test_no_folder(folder: Folder, prefix: str) -> None:
    folder.solver({'snapshot_prefix: "digits"': f'snapshot_prefix: "{prefix}"'})
    fires(folder, CODE, "does not exist", "before the first iteration", severity="error")


def test_on_another_machine_it_is_an_info(folder: Folder) -> None:
    folder.solver({'snapshot_prefix: "digits"': 'snapshot_prefix: "models/"'})
    fires(folder.net({"digits_train_lmdb": "far_lmdb"}), CODE, severity="info")


def test_data_of_a_program_may_be_anywhere(folder: Folder) -> None:
    folder.solver({'snapshot_prefix: "digits"': 'snapshot_prefix: "models/"'})
    text = folder.net_file.read_text(encoding="utf-8")
    head = 'layer { name: "d" type: "Python" top: "data" top: "label" python_param { module: "m" '
    python = head + 'layer: "L" } include { phase: TRAIN } }\n'
    first, rest = text.index("layer {"), text.index("layer {", text.index("layer {") + 5)
    fires(folder.write(net=text[:first] + python + text[rest:]), CODE, severity="info")


def test_a_folder_that_is_there(folder: Folder) -> None:
    Path("models").mkdir()
    check_noop(folder.solver({'snapshot_prefix: "digits"': 'snapshot_prefix: "models/"'}), CODE)


def test_no_snapshot_is_written(folder: Folder) -> None:
    changes = {'snapshot_prefix: "digits"': 'snapshot_prefix: "models/"',
               "snapshot: 1000": "snapshot_after_train: false"}  # fmt: skip
    check_noop(folder.solver(changes), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)
