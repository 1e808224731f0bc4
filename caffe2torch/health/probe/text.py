"""A probe for the terminal: the verdict first, the evidence under it, in 80 columns."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator

from caffe2torch.health.history import Channel, LayerNorms
from caffe2torch.health.probe.examination import Examination
from caffe2torch.health.probe.trial import Trial
from caffe2torch.health.probe.verdict import Verdict

WIDTH = 80
STEP = (1e-5, 0.1)
"""Update as a share of the weights, a step: healthy layers move by about a thousandth."""
DEAD = 0.95


def lines(done: Examination, verdict: Verdict) -> Iterator[str]:
    """Yield the lines of a probe."""
    yield verdict.head
    for line in verdict.why:
        yield from _wrapped(line, "  ")
    if verdict.remedy:
        yield from _wrapped(f"→ {verdict.remedy}", "  ")
    yield ""
    yield from _inputs(done)
    yield ""
    yield from _layers(done)
    yield ""
    yield from _trials(done)


def _inputs(done: Examination) -> Iterator[str]:
    yield "inputs, as the net gets them"
    for one in done.history.inputs:
        yield f"  {_channel(one)}"
    if not done.history.inputs:
        yield "  no images"
    if done.picture:
        yield f"  {done.picture} shows them"


def _channel(one: Channel) -> str:
    values = f"min {one.low:.4g}  max {one.high:.4g}  mean {one.mean:.4g}  std {one.std:.4g}"
    return f"{one.blob} channel {one.index}: {values}"


def _layers(done: Examination) -> Iterator[str]:
    """One row a layer, in the order of the net: at iteration 0, before the first update."""
    chance = done.history.chance
    guess = f"; a guess costs {chance:.4g}" if chance else ""
    losses = done.configured.losses
    if losses:
        yield f"iteration 0: the loss is {losses[0]:.4g}{guess}"
    yield f"  {'layer':24} {'mean':>9} {'std':>9} {'zeros':>6} {'gradient':>9} {'step':>9}"
    norms = {one.layer: one for one in done.history.norms.get(done.history.first, [])}
    for blob in done.history.activations.get(done.history.first, []):
        zeros = f"{blob.zeros:6.0%}" if blob.zeros else " " * 6
        name = " ".join(dict.fromkeys(filter(None, (blob.weights, blob.layer))))
        left = f"  {name[:24]:24} {blob.mean:9.2g} {blob.std:9.2g} {zeros}"
        yield (left + _moved(norms.get(blob.weights)) + _mark(blob.zeros, blob.type)).rstrip()


def _moved(one: LayerNorms | None) -> str:
    if one is None:
        return ""
    low, high = STEP
    mark = "" if low <= one.step <= high or not one.rate else "  small" if one.step < low else ""
    mark = "  large" if one.step > high else mark
    return f" {one.gradient:9.2g} {one.step:9.2g}{mark}"


def _mark(zeros: float, kind: str) -> str:
    return "  dead" if kind == "ReLU" and zeros > DEAD else ""


def _trials(done: Examination) -> Iterator[str]:
    yield "experiments                                        iterations      loss"
    trials = [done.configured, *([done.one] if done.one else []), *(t for _, t in done.tried)]
    for trial in trials:
        yield from _trial(trial)
    test = done.history.labels
    if test:
        yield (
            f"  new images: loss {test.given:.4g}, labels shuffled {test.shuffled[0]:.4g} ± "
            f"{test.shuffled[1]:.2g}"
        )


def _trial(trial: Trial) -> Iterator[str]:
    *above, last = textwrap.wrap(trial.title, 46) or [""]
    for line in above:
        yield f"  {line}"
    losses = trial.losses
    end = losses[-1] if losses and not math.isfinite(losses[-1]) else trial.end
    course = f"{losses[0]:.4g} to {end:.4g}" if losses else "not tried"
    verdict = "  learns" if trial.learned and not trial.failed else ""
    yield f"  {last:46} {len(losses):5}    {course}{verdict}".rstrip()


def _wrapped(text: str, indent: str) -> list[str]:
    more = f"{indent}  "
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False
    )
