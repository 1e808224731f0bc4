"""Logs of several dialects, written out by hand, and what they must give."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from caffe2torch.report.caffe_log import read_log
from caffe2torch.report.log_findings import observe, restarts

OLD = """\
I1105 00:40:01.1 21061 solver.cpp:191] Iteration 0, loss = 2.3026
I1105 00:40:01.1 21061 solver.cpp:206]     Train net output #0: loss = 2.3026 (* 1 = 2.3026 loss)
I1105 00:40:01.2 21061 solver.cpp:403] Iteration 0, lr = 0.001
I1105 00:41:46.5 21061 solver.cpp:247] Iteration 100, Testing net (#0)
I1105 00:41:47.5 21061 solver.cpp:298]     Test net output #0: accuracy = 0.61
I1105 00:41:46.6 21061 solver.cpp:191] Iteration 100, loss = 1.5
"""
BVLC = """\
I20260910 17:51:43   127 solver.cpp:242] Iteration 580 (2.2 iter/s, 12s/29 iter), loss = 0.0018
I20260910 17:51:43   127 solver.cpp:261]     Train net output #0: loss = 0.0013 (* 1 = 0.0013 loss)
I20260910 17:51:43   127 sgd_solver.cpp:106] Iteration 580, lr = 0.0001
"""
NVCAFFE = """\
I0404 16:56:03 7249 solver.cpp:313] Iteration 800 (16.6 iter/s, 6.0s/100 iter), 3.2/90ep, loss = 5.7
I0404 16:56:03 7249 solver.cpp:330]     Train net output #0: accuracy/top-1 = 0.0703125
"""


def test_the_first_form() -> None:
    log = read_log(OLD.splitlines())
    assert log.losses == {0: 2.3026, 100: 1.5}
    assert log.rates == {0: 0.001}
    assert log.train == {"loss": {0: 2.3026}}
    assert log.tests == {(0, "accuracy"): {100: 0.61}}
    assert list(log.rows())[1] == {"iteration": 100, "loss": 1.5, "test0 accuracy": 0.61}


def test_speed_and_the_long_date() -> None:
    log = read_log(BVLC.splitlines())
    assert log.losses == {580: 0.0018} and log.speeds == {580: 2.2}
    assert log.rates == {580: 0.0001} and log.train["loss"] == {580: 0.0013}


def test_epochs_and_slashes_of_nvcaffe() -> None:
    log = read_log(NVCAFFE.splitlines())
    assert log.losses == {800: 5.7} and log.speeds == {800: 16.6}
    assert log.train == {"accuracy/top-1": {800: 0.0703125}}


def test_threads_between_each_other() -> None:
    lines = [
        "I0404 16:56:03.1 1 solver.cpp:313] Iteration 10, Testing net (#0)",
        "I0404 16:56:03.2 2 solver.cpp:313] Iteration 20, loss = 3",
        "I0404 16:56:03.3 1 solver.cpp:330]     Test net output #0: accuracy = 0.5",
        "I0404 16:56:03.4 2 solver.cpp:330]     Train net output #0: loss = 3.5 (* 1 = 3.5 loss)",
    ]
    log = read_log(lines)
    assert log.tests == {(0, "accuracy"): {10: 0.5}} and log.train == {"loss": {20: 3.5}}


def test_a_run_that_goes_on_replaces_what_came_after() -> None:
    head = "I0404 16:56:03.1 1 solver.cpp:1] "
    lines = ["Starting Optimization", "Iteration 0, loss = 3", "Iteration 50, loss = 9",
             "Resuming from a_iter_40.solverstate", "Iteration 40, loss = 2"]  # fmt: skip
    log = read_log(head + line for line in lines)
    assert log.losses == {0: 3.0, 40: 2.0} and log.starts == [0, 40]
    assert "2 runs" in restarts(log)


def test_tests_of_a_run_that_was_lost_are_forgotten_and_the_new_ones_kept() -> None:
    head = "I0404 16:56:03.1 1 solver.cpp:1] "
    lines = ["Starting Optimization", "Iteration 40, Testing net (#0)",
             "    Test net output #0: accuracy = 0.4", "Iteration 40, loss = 3",
             "Iteration 80, Testing net (#0)", "    Test net output #0: accuracy = 0.8",
             "Resuming from a_iter_40.solverstate", "Iteration 40, Testing net (#0)",
             "    Test net output #0: accuracy = 0.5", "Iteration 40, loss = 2"]  # fmt: skip
    log = read_log(head + line for line in lines)
    assert log.tests == {(0, "accuracy"): {40: 0.5}} and log.losses == {40: 2.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [("-nan", math.nan), ("1.#QNAN", math.nan), ("-1.#IND", math.nan), ("1.#INF", math.inf),
     ("-1.#INF", -math.inf), ("inf", math.inf), ("1e+10", 1e10), (".5", None)],
)  # fmt: skip
def test_numbers_as_c_prints_them_on_each_system(text: str, value: float | None) -> None:
    log = read_log([f"I0404 16:56:03.1 1 solver.cpp:1] Iteration 1, loss = {text}"])
    expected = [] if value is None else [value]
    assert list(map(str, log.losses.values())) == list(map(str, expected))


def test_end_length_snapshots_and_lines_of_several_processes() -> None:
    lines = [
        "max_iter: 500",
        "[0] I0404 16:56:03.1 1 caffe.cpp:1] Starting Optimization",
        "[0] I0404 16:56:03.1 1 solver.cpp:1] Iteration 0, loss = 2",
        "I0404 16:56:04.1 1 solver.cpp:449] Snapshotting to binary proto file a b.caffemodel",
        "I0404 16:56:04.1 1 solver.cpp:1] Optimization stopped early.",
    ]
    log = read_log(lines)
    assert (log.max_iter, log.end, log.snapshots) == (500, "stopped early", ["a b.caffemodel"])
    assert log.losses == {0: 2.0}
    assert read_log([*lines, "I0404 16:56:05.1 1 a.cpp:1] Resuming from a.solverstate"]).end == ""


REAL = {  # losses, tests, runs, last iteration: counted by grep in the files
    "NVIDIA__caffe/models/bvlc_alexnet/logs/alexnet_fp32.log": (1254, 26, 1, 125000),
    "bobhuynh__Intel/caffe.log": (481, 0, 2, 960),
    "everpeace__caffe/examples/cifar10/train_log.txt": (51, 11, 2, 5000),
    "qiexing__caffe-regression/caffe.log": (201, 41, 1, 20000),
    "akompaniyets__Robotic-Inference/caffe_output.log": (41, 6, 1, 1160),
}


@pytest.mark.parametrize("name", REAL)
def test_real_logs_are_read_wholly_and_show_no_fault(zoo: Path, name: str) -> None:
    log = read_log((zoo / name).read_text(errors="replace").splitlines())
    tests = max(map(len, log.tests.values()), default=0)
    assert (len(log.losses), tests, len(log.starts), max(log.losses)) == REAL[name]
    assert log.end == "Done" and list(observe(log)) == []


def test_other_text_is_no_log() -> None:
    assert read_log(["hello", "Iteration 3, loss = 2"]).lines == 0
