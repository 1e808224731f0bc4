"""A short training: when it has learned or failed, and how time is shared out."""

from __future__ import annotations

from math import inf, nan

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.health.probe.trial import Clock, Recorder, quiet
from tests.health.probe.seen import FALLS, STAYS, trial


@pytest.mark.parametrize(
    ("losses", "chance", "learned", "failed"),
    [
        (FALLS, 0.0, True, False),
        (STAYS, 0.0, False, False),
        (FALLS[:19], 0.0, False, False),  # too few to say
        ([9.0, *STAYS], 2.0, False, False),  # no better than a guess, whatever it began with
        ([9.0] + [1.8] * 30, 2.0, True, False),
        ([*FALLS, nan], 0.0, False, True),
        ([*FALLS, inf], 0.0, False, True),
        ([], 2.0, False, False),
    ],
)
def test_learned_is_below_a_guess_and_failed_is_no_number(
    losses: list[float], chance: float, learned: bool, failed: bool
) -> None:
    one = trial(losses, chance=chance)
    assert (one.learned, one.failed) == (learned, failed)


def test_start_and_end_are_a_guess_and_the_mean_of_the_last_ten() -> None:
    one = trial([5.0, *STAYS, *[1.0] * 5], chance=2.3)
    assert (one.start, one.end) == (2.3, 1.5)
    assert trial([5.0]).start == 5 == trial([5.0]).end


def test_a_run_that_was_ended_has_failed() -> None:
    one = trial(FALLS)
    one.running.stopped = True
    assert one.failed


def test_iterations_time_and_the_caller_end_a_run() -> None:
    one = trial([])
    one.running.step = lambda n: one.losses.append(1.0)
    now = iter(range(100))
    one.run(3, Clock(50, lambda: 0))
    assert len(one.losses) == 3
    one.run(50, Clock(4, lambda: next(now)))
    assert len(one.losses) == 6  # looked at 1, 2 and 3 of 4 seconds
    one.run(50, Clock(50, lambda: 0), enough=lambda: len(one.losses) == 8)
    assert len(one.losses) == 8


def test_a_loss_that_is_no_number_ends_the_run_before_its_update() -> None:
    recorder = Recorder()
    recorder.losses = [1.0]
    assert not recorder.halts()
    recorder.losses.append(nan)
    assert recorder.halts()


def test_a_part_of_a_clock_is_of_what_is_left() -> None:
    time = [0.0]
    clock = Clock(10, lambda: time[0])
    time[0] = 6
    part = clock.part(0.25)
    assert (clock.left, part.left) == (4, 1)
    time[0] = 7.5
    assert part.over and not clock.over and part.left == 0
    time[0] = 10
    assert clock.over


def test_on_a_processor_the_clock_counts_its_own_work() -> None:
    assert Clock.on(torch.device("cpu"), 1).now.__name__ == "thread_time"
    assert Clock.on(torch.device("cuda"), 1).now.__name__ == "monotonic"


def test_nothing_is_written_shown_or_tested() -> None:
    param = pb.SolverParameter(
        snapshot=5, display=7, test_iter=[3], test_interval=9, debug_info=True, random_seed=4
    )
    quiet(param)
    assert (param.snapshot, param.snapshot_after_train, param.display) == (0, False, 0)
    assert not param.test_iter and not param.HasField("test_interval") and not param.debug_info
    assert (param.random_seed, param.snapshot_prefix) == (4, "probe")
    unseeded = pb.SolverParameter(snapshot_prefix="mine")
    quiet(unseeded)
    assert (unseeded.random_seed, unseeded.snapshot_prefix) == (1, "mine")
