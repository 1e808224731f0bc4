"""C2T410 batchnorm-state."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.nets import chain

CODE = "C2T410"


def net(param: str = "", rest: str = "") -> str:
    norm = (
        f'layer {{ name: "norm" type: "BatchNorm" bottom: "conv1" top: "conv1" {rest} '
        f"batch_norm_param {{ {param} }} }}\n"
        'layer { name: "scale" type: "Scale" bottom: "conv1" top: "conv1" '
        "scale_param { bias_term: true } }\n"
    )
    return chain(1).replace('layer { name: "act1"', norm + 'layer { name: "act1"')


def test_global_statistics_in_train(folder: Folder) -> None:
    folder.write(net=net("use_global_stats: true"))
    fires(folder, CODE, "from scratch", "= 316", severity="error")


def test_batch_statistics_in_test(folder: Folder) -> None:
    fires(folder.write(net=net("use_global_stats: false")), CODE, "in TEST", severity="warning")


def test_trained_statistics(folder: Folder) -> None:
    folder.write(net=net(rest="param { lr_mult: 1 }"))
    fires(folder, CODE, "lr_mult 1 on BatchNorm's statistics", severity="error")


def test_no_average(folder: Folder) -> None:
    folder.write(net=net("moving_average_fraction: 0"))
    fires(folder, CODE, "the last batch alone", severity="warning")


@pytest.mark.parametrize("rest", ["", "param { lr_mult: 0 }"])
def test_by_phase(folder: Folder, rest: str) -> None:
    check_noop(folder.write(net=net(rest=rest)), CODE)


def test_fine_tuning(folder: Folder) -> None:
    tested = (
        'layer { name: "norm" type: "BatchNorm" bottom: "conv1" top: "conv1" '
        "include { phase: TEST } }\n"
    )
    text = net("use_global_stats: true", "include { phase: TRAIN }")
    text = text.replace('layer { name: "scale"', tested + 'layer { name: "scale"')
    folder.write(net=text)
    folder.solver({"": '\nweights: "mean.binaryproto"\n'})
    check_noop(folder, CODE)


@pytest.mark.parametrize(
    ("param", "rest"),
    [
        ("use_global_stats: true", ""),
        ("use_global_stats: false", ""),
        ("moving_average_fraction: 0", ""),
        ("", "param { lr_mult: 1 } param { lr_mult: 0 }"),
    ],
)
def test_fix(folder: Folder, param: str, rest: str) -> None:
    check_fixed(folder.write(net=net(param, rest)), CODE)


def test_made_for_fine_tuning(folder: Folder) -> None:
    text = net("use_global_stats: true").replace('weight_filler { type: "msra" }', "")
    fires(folder.write(net=text), CODE, "--weights", severity="info")


def test_rates_that_the_upgrade_takes_for_zero(folder: Folder) -> None:
    three = "param { lr_mult: 1 } param { lr_mult: 1 } param { lr_mult: 1 }"
    fires(folder.write(net=net(rest=three)), CODE, "older ones train", severity="warning")
    check_noop(folder.write(net=net(rest="param { lr_mult: 0.0 } " * 3)), CODE)


def test_a_net_that_nobody_tests_may_use_its_batches(folder: Folder) -> None:
    folder.write(net=net("use_global_stats: false"))
    text = folder.solver_file.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("test_")]
    folder.write(solver="\n".join(kept) + "\n")
    assert all(f.severity == "info" for f in only(folder.lint(), CODE))
