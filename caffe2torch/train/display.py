"""Caffe's log lines of a run, and the same numbers as records for whoever watches.

Every function writes the lines of one place in Caffe's source; only rank 0's log has a stream, but
all processes call them, since they share their losses.

Source: Caffe src/caffe/solver.cpp, Step, Solve, Test; src/caffe/solvers/sgd_solver.cpp
"""

from __future__ import annotations

import time

from torch import Tensor

from caffe2torch.config.policies.base import f32
from caffe2torch.module.runner import Runner
from caffe2torch.train.log import Log, number, weighted
from caffe2torch.train.methods.gradient import Clipped
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import DisplayRecord, Score, ScoreRecord


def show_loss(state: RunState, outputs: dict[str, Tensor]) -> DisplayRecord:
    """Show the smoothed loss, the speed, and the outputs of the last batch.

    Caffe's log has a speed in the first line after a resume, too, as if all iterations had been
    done in the time since; the record has none there.
    """
    smoothed = state.read_losses()
    values = state.ranks.means(state.train.scores(outputs).tolist())
    now = time.perf_counter()
    seconds, count = now - state.clock, state.iter - state.displayed
    state.log(
        "solver.cpp:239",
        f"Iteration {state.iter} ({number(count / (seconds or 1))} iter/s, {number(seconds)}s/"
        f"{state.param.display} iters), loss = {number(smoothed)}",
    )
    images = count * state.images if state.timed else 0
    state.clock, state.displayed, state.timed = now, state.iter, True
    scores = show_scores(state.log, "Train", state.train, values)
    return DisplayRecord(state.iter, smoothed, None, scores, images, seconds)


def show_final_loss(state: RunState) -> DisplayRecord:
    """Show the loss of the forward after the last update."""
    smoothed = state.read_losses()
    state.log("solver.cpp:327", f"Iteration {state.iter}, loss = {number(smoothed)}")
    return DisplayRecord(state.iter, smoothed, None)


def show_scores(log: Log, phase: str, runner: Runner, values: list[float]) -> list[Score]:
    """Show every number of a net's outputs; return them as scores.

    phase: "Train" or "Test"
    """
    place = "solver.cpp:258" if phase == "Train" else "solver.cpp:414"
    scores = []
    for i, (blob, value) in enumerate(zip(runner.score_names, values, strict=True)):
        weight = f32(runner.graph.loss_weights.get(blob, 0.0))
        line = f"    {phase} net output #{i}: {blob} = {number(value)}"
        log(place, line + weighted(value, weight))
        scores.append(Score(blob, value, weight))
    return scores


def show_rate(log: Log, iteration: int, rate: float) -> None:
    """Show the learning rate of the update that comes now."""
    log("sgd_solver.cpp:112", f"Iteration {iteration}, lr = {number(rate)}")


def show_clipping(log: Log, clipped: Clipped) -> None:
    """Show that the gradients were scaled down."""
    norm, limit, factor = map(number, clipped)
    log(
        "sgd_solver.cpp:99",
        f"Gradient clipping: scaling down gradients (L2 norm {norm} > {limit}) "
        f"by scale factor {factor}",
    )


def show_test_begin(state: RunState, index: int) -> None:
    """Show that a test net runs now, and which trained layers it does without."""
    state.log("solver.cpp:347", f"Iteration {state.iter}, Testing net (#{index})")
    known = {node.name for node in state.tests[index].graph.nodes}
    for node in state.train.graph.nodes:
        if node.name not in known:
            state.log("net.cpp:678", f"Ignoring source layer {node.name}")


def show_test(state: RunState, index: int, means: list[float], loss: float | None) -> ScoreRecord:
    """Show the mean scores of a test net, and its mean loss if it was computed."""
    if loss is not None:
        state.log("solver.cpp:401", f"Test loss: {number(loss)}")
    scores = show_scores(state.log, "Test", state.tests[index], means)
    return ScoreRecord(state.iter, index, scores, loss)


def show_averaged(
    state: RunState, index: int, means: list[float], loss: float | None
) -> ScoreRecord:
    """Show the same of the moving average of the weights, in lines that no parser takes for it."""
    runner = state.tests[index]
    scores = []
    for i, (blob, value) in enumerate(zip(runner.score_names, means, strict=True)):
        line = f"    Averaged weights, net (#{index}) output #{i}: {blob} is {number(value)}"
        state.log("caffe2torch:0", line)
        scores.append(Score(blob, value, f32(runner.graph.loss_weights.get(blob, 0.0))))
    return ScoreRecord(state.iter, index, scores, loss, averaged=True)
