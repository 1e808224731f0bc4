"""C2T306 stepvalue-unsorted."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T306"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


def test_descending(folder: Folder) -> None:
    folder.solver({"stepvalue: 1600": "stepvalue: 900"})
    fires(folder, CODE, "stepvalue 900 stands behind 1,200", "lowers the rate at 1,200, 1,201")


def test_repeated(folder: Folder) -> None:
    folder.solver({"stepvalue: 1600": "stepvalue: 1200"})
    fires(folder, CODE, "lowers the rate at 1,200, 1,201", severity="warning")


def test_increasing(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_not_read_by_the_policy(folder: Folder) -> None:
    folder.solver(
        {"stepvalue: 1600": "stepvalue: 900", 'lr_policy: "multistep"': 'lr_policy: "fixed"'}
    )
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    folder.solver({"stepvalue: 1600": "stepvalue: 900 # second"})
    text = check_fixed(folder, CODE)["solver.prototxt"]
    assert "stepvalue: 900\nstepvalue: 1200 # second" in text


def test_fix_of_a_list_with_copies(folder: Folder) -> None:
    folder.solver({"stepvalue: 1200": "stepvalue: [1200, 800, 800]", "stepvalue: 1600": ""})
    assert "stepvalue: [800, 1200]" in check_fixed(folder, CODE)["solver.prototxt"]
