"""C2T321 method-momentum."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T321"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


MOMENTUM = "momentum: 0.9"


@pytest.mark.parametrize("method", ["AdaGrad", "RMSProp"])
def test_refused(folder: Folder, method: str) -> None:
    folder.solver({MOMENTUM: f'{MOMENTUM} type: "{method}"'})
    fires(folder, CODE, f"{method} with momentum 0.9: Caffe stops", severity="error")


@pytest.mark.parametrize(("method", "role"), [("Adam", "β1"), ("AdaDelta", "the decay")])
def test_missing(folder: Folder, method: str, role: str) -> None:
    fires(folder.solver({MOMENTUM: f'type: "{method}"'}), CODE, role, severity="warning")


def test_meant(folder: Folder) -> None:
    fires(folder.solver({MOMENTUM: 'momentum: 0 type: "Adam"'}), CODE, severity="info")


@pytest.mark.parametrize("method", ['type: "RMSProp"', MOMENTUM + ' type: "Adam"', MOMENTUM])
def test_fits(folder: Folder, method: str) -> None:
    check_noop(folder.solver({MOMENTUM: method}), CODE)


@pytest.mark.parametrize("method", ['type: "Adam"', MOMENTUM + ' type: "AdaGrad"'])
def test_fix(folder: Folder, method: str) -> None:
    text = check_fixed(folder.solver({MOMENTUM: method}), CODE)["solver.prototxt"]
    assert (MOMENTUM in text) == ("Adam" in method)
