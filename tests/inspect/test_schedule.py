"""A solver's schedule: length, epochs, rates at their drops, tests and snapshots."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caffe2torch.inspect import Report, inspect_file
from caffe2torch.inspect.render import lines
from tests.conftest import GOLDEN, ROOT


def solver(folder: Path, text: str) -> Report:
    (folder / "solver").write_text(text)
    return inspect_file(folder / "solver")


def rates(report: Report) -> dict[int, float]:
    return {one["iteration"]: one["rate"] for one in report.json["rates"]}


def test_steps_are_the_milestones(tmp_path: Path) -> None:
    report = solver(
        tmp_path, 'base_lr: 0.01 lr_policy: "step" gamma: 0.1 stepsize: 100 max_iter: 250'
    )
    assert rates(report) == {0: 0.01, 100: 0.001, 200: 0.0001, 249: 0.0001}


def test_multistep_drops_at_its_values_but_not_behind_the_end(tmp_path: Path) -> None:
    report = solver(
        tmp_path,
        'base_lr: 1 lr_policy: "multistep" gamma: 0.5 max_iter: 50 '
        "stepvalue: 10 stepvalue: 30 stepvalue: 90",
    )
    assert rates(report) == {0: 1.0, 10: 0.5, 30: 0.25, 49: 0.25}


def test_a_rate_that_falls_all_the_time_is_told_by_quarters(tmp_path: Path) -> None:
    report = solver(tmp_path, 'base_lr: 1 lr_policy: "poly" power: 1 max_iter: 101')
    assert list(rates(report)) == [0, 25, 50, 75, 100]
    assert rates(report)[50] == pytest.approx(1 - 50 / 101)


def test_a_fixed_rate_has_no_plot(tmp_path: Path) -> None:
    report = solver(tmp_path, 'base_lr: 0.5 lr_policy: "fixed" max_iter: 10')
    assert rates(report) == {0: 0.5, 9: 0.5}
    assert not any("|" in line for line in lines(report))


@pytest.mark.parametrize(("policy", "log"), [("step", True), ("poly", False)])
def test_factors_are_drawn_on_a_logarithmic_axis(tmp_path: Path, policy: str, log: bool) -> None:
    report = solver(
        tmp_path,
        f'base_lr: 1 lr_policy: "{policy}" gamma: 0.1 stepsize: 9 power: 1 max_iter: 100',
    )
    assert any("rate (logarithmic, over" in line for line in lines(report)) == log


def test_many_steps_are_shortened_for_people_only(tmp_path: Path) -> None:
    report = solver(tmp_path, 'base_lr: 1 lr_policy: "step" gamma: 0.9 stepsize: 10 max_iter: 1000')
    assert len(rates(report)) == 101
    assert "(101 drops in all)" in list(lines(report))


def test_epochs_and_tests_are_counted_in_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "solvers")
    report = inspect_file("adam/solver.prototxt")
    data = report.json
    assert (data["batch"], data["records"]) == (8, 60)
    assert data["epochs"] == pytest.approx(40 * 8 / 60)
    assert [(n["phase"], n["batch"], n["records"]) for n in data["nets"]] == [
        ("TRAIN", 8, 60),
        ("TEST", 6, 30),
    ]
    text = list(lines(report))
    assert "length       40 iterations × 8 items = 5.333 epochs of 60 records" in text
    assert "tests        every 10 iterations: 5 batches × 6 = 30 of 30 records" in text
    assert "snapshots    none" in text


def test_adams_two_histories_are_in_the_nets_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "solvers")
    memory = inspect_file("adam/solver.prototxt").json["nets"][0]["memory"]["train"]
    assert memory["method"] == "Adam"
    assert memory["history_bytes"] == 2 * memory["parameters_bytes"] == 2 * 4 * 1094


def test_iter_size_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "solvers")
    data = inspect_file("iter_size/solver.prototxt").json
    wanted = data["max_iter"] * data["iter_size"] * data["batch"] / data["records"]
    assert data["iter_size"] > 1
    assert data["epochs"] == pytest.approx(wanted)


def test_a_known_set_stands_in_for_a_database_that_is_missing() -> None:
    report = inspect_file(ROOT / "solvers" / "alexnet" / "solver.prototxt")
    assert report.json["records"] == 1_281_167
    assert any('known size of a set like "ilsvrc12_train_lmdb"' in line for line in lines(report))


def test_a_missing_net_is_a_note(tmp_path: Path) -> None:
    report = solver(tmp_path, 'net: "no.prototxt" base_lr: 1 lr_policy: "fixed" max_iter: 5')
    assert report.code == 0
    assert report.json["nets"] == []
    assert any('net "no.prototxt" does not exist' in note for note in report.json["notes"])


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('lr_policy: "stpe"', 'unknown lr_policy "stpe"'),
        ('lr_policy: "step"', "stepsize is 0"),
        ("display: 1", "lr_policy is missing"),
    ],
)
def test_a_policy_that_caffe_refuses_is_told_and_the_rest_too(
    tmp_path: Path, policy: str, said: str
) -> None:
    report = solver(tmp_path, f"base_lr: 1 max_iter: 5 snapshot: 2 {policy}")
    assert report.json["rates"] == []
    assert said in report.json["rate_error"]
    assert report.picture is None
    assert any("every 2 iterations" in line for line in lines(report))


def test_a_rate_that_is_no_number_is_null(tmp_path: Path) -> None:
    report = solver(tmp_path, 'base_lr: 1 lr_policy: "poly" power: 0.5 max_iter: 0')
    assert report.json["rates"] == [{"iteration": 0, "epoch": None, "rate": None}]


@pytest.mark.parametrize(
    "text",
    [
        'base_lr: nan lr_policy: "fixed" max_iter: 9',
        'base_lr: inf lr_policy: "step" gamma: 0.1 stepsize: 2 max_iter: 9',
        'base_lr: 1 lr_policy: "exp" gamma: 1e30 max_iter: 99',
        'base_lr: 1 lr_policy: "exp" gamma: nan max_iter: 99',
        'base_lr: -1 lr_policy: "poly" power: 0.5 max_iter: -7',
        'base_lr: 1 lr_policy: "step" gamma: 0.9 stepsize: 1 max_iter: 2147483647',
        'base_lr: 1 lr_policy: "multistep" gamma: 0 stepvalue: -3 stepvalue: 0 max_iter: 9',
        'base_lr: 1 lr_policy: "sigmoid" gamma: 1e38 stepsize: 2147483647 max_iter: 5',
        "test_iter: -1 test_interval: -5 iter_size: 0 snapshot: -2 max_iter: 0",
    ],
)
def test_odd_numbers_are_told_without_a_fault(tmp_path: Path, text: str) -> None:
    report = solver(tmp_path, text)
    json.dumps(report.json, allow_nan=False)
    assert any(line.startswith("length") for line in lines(report))
    if report.picture is not None:
        report.picture(tmp_path / "rate.png")
        assert (tmp_path / "rate.png").stat().st_size > 0
