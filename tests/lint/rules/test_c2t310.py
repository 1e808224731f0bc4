"""C2T310 test-setup."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.steady import steady

CODE = "C2T310"


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


def test_iter_without_interval(folder: Folder) -> None:
    folder.solver({"test_interval: 200": ""})
    fires(folder, CODE, "without a positive test_interval", "Caffe stops", severity="error")


def test_interval_without_iter(folder: Folder) -> None:
    folder.solver({"test_iter: 6": ""})
    fires(folder, CODE, "nothing is ever tested", severity="warning")


def test_test_of_no_batches(folder: Folder) -> None:
    fires(folder.solver({"test_iter: 6": "test_iter: 0"}), CODE, "0 / 0", severity="warning")


def test_too_few_counts(folder: Folder) -> None:
    folder.solver({'net: "train_val.prototxt"': 'train_net: "train_val.prototxt"\n' + TWO})
    fires(folder, CODE, "2 test nets, but 1 test_iter", severity="error")


def test_too_many_counts(folder: Folder) -> None:
    folder.solver({'net: "train_val.prototxt"': 'train_net: "train_val.prototxt"'})
    fires(folder, CODE, "1 test_iter, but 0 test nets", severity="error")


def test_states(folder: Folder) -> None:
    folder.solver({"": "test_state { level: 1 } test_state { level: 2 }"})
    fires(folder, CODE, "2 test_state for 1 test nets", severity="error")


def test_no_data_for_the_test(folder: Folder) -> None:
    folder.net({"include { phase: TEST }": 'include { phase: TRAIN stage: "never" }'})
    finding = fires(folder, CODE, 'in phase TEST no layer makes "data"', severity="error")
    assert finding.span is not None
    assert not only(folder.lint(), "C2T003"), "said twice"


TWO = 'test_net: "train_val.prototxt"\ntest_net: "train_val.prototxt"'


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_two_nets(folder: Folder) -> None:
    folder.solver({'net: "train_val.prototxt"': 'train_net: "train_val.prototxt"\n' + TWO})
    check_noop(folder.solver({"test_iter: 6": "test_iter: [6, 6]"}), CODE)


def test_no_test_at_all(folder: Folder) -> None:
    check_noop(folder.solver({"test_iter: 6": "", "test_interval: 200": ""}), CODE)


def test_fix(folder: Folder) -> None:
    folder.solver({"test_interval: 200": ""})
    assert "test_interval: 100" in check_fixed(folder, CODE)["solver.prototxt"]


def test_a_first_test_behind_the_end(folder: Folder) -> None:
    folder.solver({"test_interval: 200": "test_interval: 6000"})
    fires(folder, CODE, "above max_iter", "tested once, before training", severity="warning")


@pytest.mark.parametrize(
    ("more", "count"), [("", 1), ('test_state { stage: "a" }\ntest_state { stage: "b" }\n', 0)]
)
def test_two_tests_of_one_net(folder: Folder, more: str, count: int) -> None:
    folder.solver({"test_iter: 6": f"test_iter: 6\ntest_iter: 6\n{more}"})
    found = [f for f in only(folder.lint(), CODE) if "one and the same TEST net" in f.message]
    assert len(found) == count


def test_a_test_that_is_never_meant_to_run(folder: Folder) -> None:
    """As in FCN's solvers, which leave it to a program."""
    folder.solver({"test_interval: 200": "test_interval: 999999999 test_initialization: false"})
    fires(folder, CODE, "the net is never tested", severity="info")


@pytest.mark.parametrize(
    ("interval", "severity"), [("999999", "info"), ("100000", "info"), ("3000", "warning")]
)
def test_an_interval_that_says_never(folder: Folder, interval: str, severity: str) -> None:
    """Nines and powers of ten are there to be never reached; 3000 is a slip."""
    folder.solver({"test_interval: 200": f"test_interval: {interval}"})
    fires(folder, CODE, "is above max_iter", severity=severity)
