"""One `c2t probe`: look at a batch, train for a moment in several ways, and judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from caffe2torch.atomic import folders_above
from caffe2torch.health import detectors, inputs
from caffe2torch.health.detectors import c2t605_cannot_overfit_one_batch as one_batch
from caffe2torch.health.history import History
from caffe2torch.health.monitor import Monitor
from caffe2torch.health.observation import Observation
from caffe2torch.health.probe.labels import label_test
from caffe2torch.health.probe.trial import Case, Clock, Trial
from caffe2torch.health.probe.variants import Variant, look, variants
from caffe2torch.lint.finding import Finding
from caffe2torch.module.options import Options

ITERATIONS, MOST, ROUND = 100, 150, 10
"""Iterations of a trial; at most, where it shows nothing; of one variant before the next's turn."""
ALONE = 0.3
"""Share of the time left for the config as written, then for one batch."""
FITTED = 0.1
"""Share of the first loss at which a batch counts as learned."""


@dataclass
class Examination:
    """What a probe has seen.

    findings:   errors and warnings of the lint
    history:    of the config as written, with what the experiments add
    configured: the config as written; one, None where there was no time: on one batch only
    tried:      variants with their trials
    picture:    of a batch, None for none
    """

    case: Case
    findings: list[Finding]
    history: History
    observations: list[Observation]
    configured: Trial
    one: Trial | None = None
    tried: list[tuple[Variant, Trial]] = field(default_factory=list)
    picture: Path | None = None

    @property
    def winner(self) -> tuple[Variant, Trial] | None:
        """The variant that learns: the first cure by the lint, else the one with the least loss."""
        able = [(variant, trial) for variant, trial in self.tried if trial.learned]
        cures = [pair for pair in able if pair[0].causes]
        return next(iter(cures), None) or min(able, key=lambda pair: pair[1].end, default=None)


def examine(
    case: Case,
    seconds: float,
    options: Options,
    folder: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Examination:
    """Examine a config for about `seconds`; `folder` gets a picture of a batch.

    tell: called with what is done next

    Raises: C2TError for what cannot be trained at all.
    """
    clock = Clock.on(options.device, seconds)
    context, findings = look(case)
    monitor = Monitor(lambda _: None, "full")
    tell("as configured")
    trial = Trial.of("as configured", case, options, [monitor])
    done = Examination(case, findings, monitor.history, monitor.observations, trial)
    try:
        trial.run(1, clock)
        done.picture = _picture(done, folder)
        trial.chance = monitor.history.chance
        trial.run(ITERATIONS, clock.part(ALONE))
        tell("on one batch")
        _on_one_batch(done, options, clock.part(ALONE))
        _try_variants(done, variants(case, context, findings), options, clock, tell)
        _ask_labels(done, options, clock, tell)
        _look_again(done)
    finally:
        for each in (trial, done.one, *(trial for _, trial in done.tried)):
            if each:
                each.close()
    return done


def _picture(done: Examination, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    picture = folder / "inputs.png"
    with folders_above(picture):
        return picture if inputs.save_grid(done.configured.running.train, picture) else None


def _on_one_batch(done: Examination, options: Options, clock: Clock) -> None:
    """Train on the first batch over and over: any net that works learns it by heart."""
    trial = done.one = Trial.of("on one batch only", done.case, options)
    trial.chance = done.configured.chance
    trial.running.train.repeated = trial.running.train.batch()
    trial.run(ITERATIONS, clock, lambda: _fits(trial))
    done.history.one_batch = trial.losses


def _fits(trial: Trial) -> bool:
    return len(trial.losses) > one_batch.LAST and (
        one_batch.lowest(trial.losses) < FITTED * trial.start
    )


def _try_variants(
    done: Examination,
    chosen: list[Variant],
    options: Options,
    clock: Clock,
    tell: Callable[[str], None],
) -> None:
    """Train the first variant, all fixes together, then the others, a few iterations each in turn.

    Other rates than the configured one are only tried where that one learns nothing.
    """
    if done.configured.learned:
        chosen = [variant for variant in chosen if variant.causes]
    for variant in chosen:
        trial = Trial.of(variant.title, variant.case, options)
        trial.chance = done.configured.chance
        done.tried.append((variant, trial))
    _take_turns(done.tried[:1], clock, tell)
    _take_turns(done.tried[1:], clock, tell)


def _take_turns(
    tried: list[tuple[Variant, Trial]], clock: Clock, tell: Callable[[str], None]
) -> None:
    """Train in rounds until all were long enough at it, or one learns, or the time is over."""
    for iterations in range(ROUND, MOST + ROUND, ROUND):
        for variant, trial in tried:
            if not clock.over:
                tell(f"{variant.title}: {iterations} iterations")
                trial.run(iterations, clock)
        learns = any(trial.learned for _, trial in tried)
        if clock.over or (iterations >= ITERATIONS and learns):
            return


def _ask_labels(
    done: Examination, options: Options, clock: Clock, tell: Callable[[str], None]
) -> None:
    """Ask whether the labels belong to the images, where a net that can learn does not."""
    able = done.one is not None and _learns_by_heart(done.one)
    if able and not done.configured.learned and not done.winner and not clock.over:
        tell("labels")
        trial = Trial.of("labels", done.case, options)
        trial.chance = done.configured.chance
        try:
            done.history.labels = label_test(trial, clock)
        finally:
            trial.close()


def _learns_by_heart(trial: Trial) -> bool:
    return one_batch.lowest(trial.losses) < one_batch.LEAST * trial.start


def _look_again(done: Examination) -> None:
    """Let the detectors see what the experiments have added."""
    known = {(seen.code, seen.layer) for seen in done.observations}
    for seen in detectors.observe(done.history):
        if (seen.code, seen.layer) not in known:
            done.observations.append(seen)
