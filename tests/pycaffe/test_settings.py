"""What holds for the process: devices, ranks, engines, log and watch."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from caffe2torch.pycaffe import settings


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a process of their own, which logs everything."""
    monkeypatch.setattr(settings, "state", replace(settings.State()))
    monkeypatch.setenv(settings.LEAST, "0")


def test_a_wanted_gpu_is_noted_and_warned_about_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        settings.set_mode_gpu()
    settings.set_device(3)
    assert (settings.state.gpu, settings.state.device) == (True, 3)
    log = capsys.readouterr().err
    assert log.startswith("W") and log.count(settings.NO_GPU) == 1
    settings.set_mode_cpu()
    assert not settings.state.gpu


@pytest.mark.parametrize(
    ("least", "severities"),
    [("0", "IWEF"), ("1", "WEF"), ("2", "EF"), ("4", ""), ("loud", "IWEF"), ("-1", "IWEF")],
)
def test_the_variable_of_glog_says_what_is_logged(
    least: str, severities: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.LEAST, least)
    assert "".join(filter(settings.logs, "IWEF")) == severities


def test_only_the_first_of_several_solvers_logs(capsys: pytest.CaptureFixture[str]) -> None:
    settings.set_solver_count(2)
    settings.set_solver_rank(1)
    settings.set_multiprocess(True)
    assert (settings.solver_count(), settings.solver_rank()) == (2, 1)
    settings.log("hidden")
    settings.set_solver_rank(0)
    settings.log("shown", "E", "net.cpp:1")
    text = capsys.readouterr().err
    assert "hidden" not in text and text.startswith("E") and text.endswith("net.cpp:1] shown\n")


def test_a_program_chooses_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.init_log(2, stderr=False)
    assert (settings.logs("W"), settings.logs("E")) == (False, True)
    settings.init_log()  # leaves it as it is
    assert not settings.logs("W")


def test_a_seed_fixes_the_random_numbers() -> None:
    settings.set_random_seed(5)
    first = torch.rand(3)
    settings.set_random_seed(5)
    assert torch.equal(torch.rand(3), first)


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine 'tensorrt'; there are exact, onnxruntime"):
        settings.set_engine("tensorrt")
    assert settings.state.engine == "exact"


def test_layer_types_are_sorted_and_each_there_once() -> None:
    names = settings.layer_type_list()
    assert names == sorted(set(names))
    assert {"Convolution", "Python", "SoftmaxWithLoss"} <= set(names)


def test_several_gpus_name_the_command_that_has_them() -> None:
    assert not settings.has_nccl()
    for make in (settings.NCCL, settings.NCCL.new_uid):
        with pytest.raises(RuntimeError, match="c2t train --gpus 0,1"):
            make()


def test_a_watch_counts_milliseconds_from_start_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([10.0, 10.25, 10.5, 20.0, 20.125])
    monkeypatch.setattr(settings.time, "perf_counter", lambda: next(now))
    timer = settings.Timer()
    assert timer.ms == 0
    timer.start()
    assert timer.ms == 250  # still running
    timer.stop()
    assert timer.ms == timer.ms == 500
    timer.start()
    assert timer.ms == 125
