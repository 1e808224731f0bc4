"""The training loop, as Caffe runs it.

An iteration is: test → forward and backward → rate → clip, decay and update → snapshot, and what
of it is due is logged on the way. The rate comes after the backward, because Caffe logs it there.

Source: Caffe src/caffe/solver.cpp, Step, Solve, TestAll, Test;
src/caffe/solvers/sgd_solver.cpp, ApplyUpdate
"""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import replace

import torch
from torch import Tensor

from caffe2torch.config.policies.base import f32
from caffe2torch.errors import WeightsError
from caffe2torch.module.failing import explained
from caffe2torch.train import display, snapshot
from caffe2torch.train.debug import Debugger
from caffe2torch.train.state import UNREAD, Average, RunState
from caffe2torch.train.sums import Sums
from caffe2torch.train.watch import StepRecord, Watchers

STOP, SNAPSHOT = "stop", "snapshot"


def solve(state: RunState, watchers: Watchers) -> None:
    """Train up to max_iter; test and show the loss once more where that is due."""
    param = state.param
    state.log("solver.cpp:289", f"Solving {state.train.graph.name}")
    state.log("solver.cpp:290", f"Learning Rate Policy: {param.lr_policy}")
    watchers.start(state)
    step(state, param.max_iter - state.iter, watchers)
    written = param.snapshot and state.iter % param.snapshot == 0 and not state.unsaved
    if (param.snapshot_after_train or state.stopped) and not written:
        save(state, watchers)
    if state.stopped:
        state.log("solver.cpp:311", "Optimization stopped early.")
        watchers.tell("on_end")
        return
    if state.due(param.display):
        forward_once_more(state)
        watchers.tell("on_display", display.show_final_loss(state))
    if state.due(param.test_interval):
        test_all(state, watchers)
    state.log("solver.cpp:332", "Optimization Done.")
    watchers.tell("on_end")


def step(state: RunState, iters: int, watchers: Watchers) -> None:
    """Run `iters` iterations, or fewer if a watcher asks for a stop."""
    begin(state, watchers)
    end = state.iter + iters
    while state.iter < end:
        state.optimizer.zero_grad(set_to_none=True)
        if test_is_due(state):
            test_all(state, watchers)
            if state.stopped:
                break
        watchers.tell("on_begin", state.iter)
        shown = None
        displayed = state.due(state.param.display)
        state.debugging = displayed and state.param.debug_info
        record = forward_backward(state)
        if displayed:
            shown = display.show_loss(state, record.outputs)
        tell_gradients(record, watchers)
        if state.ranks.agree(STOP if watchers.halts() else "") == STOP:
            state.stopped = True
            break
        rate = apply_update(state)
        if shown:
            watchers.tell("on_display", replace(shown, lr=rate))
        watchers.tell("on_step", replace(record, lr=rate))
        request = state.ranks.agree(watchers.request())
        if state.due(state.param.snapshot) or request == SNAPSHOT:
            save_if_possible(state, watchers)
        if request == STOP:
            state.stopped = True
            break


def begin(state: RunState, watchers: Watchers) -> None:
    """Begin to measure time and to smooth losses, as every call of Caffe's Step does."""
    watchers.start(state)
    size = state.param.average_loss
    carried, state.carried = state.carried, None
    fits = carried is not None and len(carried.losses) <= size
    state.average = carried if carried is not None and fits else Average(size)
    state.stopped = False
    if state.ema:
        state.ema.begin(state.net)
    state.clock, state.timed = time.perf_counter(), False


def forward_backward(state: RunState) -> StepRecord:
    """Add up the gradients of iter_size batches; return their mean loss, and the last outputs."""
    total = torch.zeros((), device=state.options.device)
    outputs: dict[str, Tensor] = {}
    iter_size = state.param.iter_size
    for i in range(iter_size):
        with nullcontext() if i == iter_size - 1 else state.ranks.apart():
            outputs = forward(state)
            loss = state.train.loss(outputs)
            if loss.requires_grad:
                with explained():
                    state.scaler.scale(loss).backward()
        if state.debugging:
            debugger(state).log_backward()
        total += loss.detach()
    total /= iter_size
    state.losses.append(total)
    if len(state.losses) > UNREAD:  # read in one go, so that a GPU need not wait for each
        state.read_losses()
    return StepRecord(state.iter, total, {blob: x.detach() for blob, x in outputs.items()})


def forward(state: RunState) -> dict[str, Tensor]:
    """Forward the next batch, logged layer by layer where that is due; return the outputs."""
    return debugger(state).run() if state.debugging else state.train.run()


def debugger(state: RunState) -> Debugger:
    """Return what logs the train net layer by layer; few runs need one."""
    state.debugger = state.debugger or Debugger(state.train, state.log)
    return state.debugger


@torch.no_grad()
def forward_once_more(state: RunState) -> None:
    """Take in the loss after the last update.

    As in Caffe, a batch goes by and BatchNorm's statistics move, after the last snapshot.
    """
    state.losses.append(state.train.loss(forward(state)))


def apply_update(state: RunState) -> float:
    """Move the weights by the gradients, which are sums over iter_size, and count the iteration.

    Returns the rate.
    """
    rate = state.policy.rate(state.iter)
    if state.due(state.param.display):
        display.show_rate(state.log, state.iter, rate)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
        for param in group["params"]:
            if param.grad is None:  # decay and momentum go on without a gradient
                param.grad = torch.zeros_like(param)
    state.scaler.step(state.optimizer)
    state.scaler.update()
    if state.optimizer.clipped:
        display.show_clipping(state.log, state.optimizer.clipped)
    state.iter += 1
    if state.ema:
        state.ema.update(state.net)
    return rate


def tell_gradients(record: StepRecord, watchers: Watchers) -> None:
    """Tell that the gradients are there; the loss is read only if somebody watches it."""
    watchers.tell("on_gradients", record)
    if watchers.hearing("on_nonfinite"):
        loss = float(record.loss)
        if not math.isfinite(loss):
            watchers.tell("on_nonfinite", record.iter, loss)


def test_is_due(state: RunState) -> bool:
    """Whether the test nets run before this iteration."""
    first = state.iter == 0 and not state.param.test_initialization
    return state.due(state.param.test_interval) and not first


def test_all(state: RunState, watchers: Watchers) -> None:
    """Run every test net, until a stop is asked for."""
    for index in range(len(state.tests)):
        if not state.stopped:
            test(state, index, watchers)


@torch.no_grad()
def test(state: RunState, index: int, watchers: Watchers) -> None:
    """Run test_iter batches of one test net, and show the mean of each score.

    Then the same batches again with the moving average of the weights, if there is one.
    """
    runner = state.tests[index]
    place = runner.state() if state.ema else {}
    display.show_test_begin(state, index)
    means = mean_scores(state, index, watchers)
    if means is not None:
        watchers.tell("on_test", display.show_test(state, index, *means))
    if means is not None and state.ema:
        runner.restore(place)
        with state.ema.applied(state.net):
            means = mean_scores(state, index, watchers)
        if means is not None:
            watchers.tell("on_test", display.show_averaged(state, index, *means))


def mean_scores(
    state: RunState, index: int, watchers: Watchers
) -> tuple[list[float], float | None] | None:
    """Return the mean scores of a test net, and its mean loss if it is computed.

    None if the test was interrupted.
    """
    runner, iterations = state.tests[index], state.param.test_iter[index]
    debugger = Debugger(runner, state.log) if state.param.debug_info else None
    sums, loss = Sums(watchers.note), torch.zeros(())
    for _ in range(iterations):
        if interrupted(state, watchers):
            state.log("solver.cpp:396", "Test interrupted.")
            return None
        outputs = debugger.run() if debugger else runner.run()
        sums.add(runner.scores(outputs), runner.score_names)
        if state.param.test_compute_loss:
            loss = loss + runner.loss(outputs)
    if iterations < 1:  # Caffe shows no score then, and a loss of 0 by 0
        runner.score_names = []
        return [], math.nan if state.param.test_compute_loss else None
    runner.score_names = sums.names
    means = [f32(score / iterations) for score in sums.values.tolist()]
    return means, f32(loss.item() / iterations) if state.param.test_compute_loss else None


def interrupted(state: RunState, watchers: Watchers) -> bool:
    """Do what is asked for during a test; only a stop ends it.

    With other processes waiting, a request has to wait as well.
    """
    while state.ranks.world == 1 and not state.stopped and (request := watchers.request()):
        if request == SNAPSHOT:
            save_if_possible(state, watchers)
        state.stopped = state.stopped or request == STOP
    return state.stopped


def save(state: RunState, watchers: Watchers) -> str:
    """Write a snapshot and tell of it; return the path of its solverstate.

    Raises: WeightsError, OSError if it cannot be written.
    """
    path = snapshot.save(state, watchers.note)
    state.unsaved = False
    watchers.tell("on_snapshot", path)
    return path


def save_if_possible(state: RunState, watchers: Watchers) -> None:
    """Write a snapshot on the way. Where that is impossible, what was learned is not given up."""
    try:
        save(state, watchers)
    except (WeightsError, OSError) as error:
        if not state.fallbacks:  # a program of its own, which knows better what to do
            raise
        state.unsaved = True
        watchers.note(
            f"no snapshot at iteration {state.iter}: {snapshot.reason(error)}; training goes on"
        )
