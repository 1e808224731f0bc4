"""C2T315 gpu-without-gpu."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.steady import steady

CODE = "C2T315"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


MODE = "solver_mode: CPU"


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    return monkeypatch


def test_none(folder: Folder, devices: pytest.MonkeyPatch) -> None:
    devices.setenv("CUDA_VISIBLE_DEVICES", "")
    fires(folder.solver({MODE: "solver_mode: GPU"}), CODE, "this machine has none", severity="info")


def test_too_few(folder: Folder, devices: pytest.MonkeyPatch) -> None:
    folder.solver({MODE: "solver_mode: GPU device_id: 2"})
    fires(folder, CODE, "device_id 2, and this machine has 2", "device_id: 0 to 1")


def test_enough(folder: Folder, devices: pytest.MonkeyPatch) -> None:
    check_noop(folder.solver({MODE: "solver_mode: GPU device_id: 1"}), CODE)


def test_cpu(folder: Folder, devices: pytest.MonkeyPatch) -> None:
    devices.setenv("CUDA_VISIBLE_DEVICES", "-1")
    check_noop(folder, CODE)


def test_nobody_can_tell(folder: Folder, devices: pytest.MonkeyPatch) -> None:
    devices.delenv("CUDA_VISIBLE_DEVICES")
    devices.setattr("sys.platform", "darwin")
    check_noop(folder.solver({MODE: "solver_mode: GPU"}), CODE)
