"""C2T504 fork-only-field."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires

CODE = "C2T504"


@pytest.mark.parametrize(
    "fields", ["rampup_interval: 500 rampup_lr: 0.001", "warmup_iter: 10", "larc: true"]
)
def test_schedule_of_a_fork(folder: Folder, fields: str) -> None:
    name = fields.split(":")[0]
    fires(folder.solver({"": fields}), CODE, f"{name}", "not carried out here", severity="warning")


def test_other_fields_of_the_solver(folder: Folder) -> None:
    fires(folder.solver({"": 'eval_type: "detection"'}), CODE, "eval_type", severity="info")


def test_fields_of_layers(folder: Folder) -> None:
    folder.net({"batch_size: 64": "batch_size: 64 threads: 4", "pad: 1": "pad: 1 relu: true"})
    finding = fires(folder, CODE, "2 fields of forks: data_param.threads, convolution_param.relu")
    assert finding.severity == "info"


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_a_default_says_nothing(folder: Folder) -> None:
    check_noop(folder.solver({"": "larc: false rampup_interval: 0"}), CODE)
