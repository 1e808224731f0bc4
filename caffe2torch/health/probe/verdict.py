"""What a probe concludes: the cause, why, and what to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from caffe2torch.health.observation import Observation
from caffe2torch.health.probe.examination import Examination
from caffe2torch.health.probe.trial import Trial
from caffe2torch.health.probe.variants import Variant

DECISIVE = (
    *("C2T608", "C2T609", "C2T614", "C2T602", "C2T601", "C2T603", "C2T615", "C2T604", "C2T605"),
)
"""What explains a run that does not learn: the nearest to the cause first, symptoms last."""


@dataclass(frozen=True)
class Verdict:
    """The conclusion.

    head:   one line
    causes: codes, of the lint or the run; none if it is all right, or nothing was found out
    why:    lines of evidence
    remedy: what to do, "" for nothing
    """

    head: str
    causes: tuple[str, ...] = ()
    why: list[str] = field(default_factory=list)
    remedy: str = ""


def judge(done: Examination) -> Verdict:
    """Conclude from what was seen."""
    if done.configured.learned and not done.configured.failed:
        return _healthy(done)
    if done.winner:
        return _cured(done, *done.winner)
    for code in DECISIVE:
        for seen in done.observations:
            if seen.code == code:
                return _observed(done, seen)
    return _undecided(done)


def _healthy(done: Examination) -> Verdict:
    why = [_course(done.configured)]
    seen = [f"seen: {_short(one)}" for one in done.observations]
    return Verdict("it learns", (), why + seen)


def _cured(done: Examination, variant: Variant, trial: Trial) -> Verdict:
    """A changed config learns, the one as written does not: what was changed is the cause."""
    causes = tuple(finding.code for finding in variant.causes)
    names = [f"{finding.code}[{finding.name}]" for finding in variant.causes]
    why = [f"{f.code}: {f.message}" for f in variant.causes]
    why += [_course(done.configured), f"with {_lower(variant.title)}: {_course(trial)}"]
    what = " and ".join(names) if names else "base_lr is wrong"
    return Verdict(f"does not learn: {what}", causes or ("base_lr",), why, variant.how)


def _observed(done: Examination, seen: Observation) -> Verdict:
    place = f' in layer "{seen.layer}"' if seen.layer else ""
    others = [_short(one) for one in done.observations if one is not seen]
    why = [seen.evidence, _course(done.configured), *others]
    predicted = [f"{f.code}: {f.message}" for f in done.findings if f.severity == "error"]
    head = f"does not learn: {seen.code}[{seen.name}]{place}"
    return Verdict(head, (seen.code,), why + predicted, seen.advice)


def _undecided(done: Examination) -> Verdict:
    why = [_course(done.configured)]
    if done.one is not None and done.one.losses:
        why.append(f"on one batch only: {_course(done.one)}")
    head = f"no cause found: {len(done.configured.losses)} iterations show no progress yet"
    return Verdict(head, (), why, "give it more time: --seconds 300")


def _course(trial: Trial) -> str:
    """The losses of a trial in a line."""
    if not trial.losses:
        return f"{trial.title}: not tried, the time was over"
    chance = f" (a guess: {trial.chance:.4g})" if trial.chance else ""
    first, count = trial.losses[0], len(trial.losses)
    if not math.isfinite(trial.losses[-1]):
        return f"the loss is {trial.losses[-1]} after {count} iterations, from {first:.4g}{chance}"
    return f"the loss goes from {first:.4g} to {trial.end:.4g} in {count} iterations{chance}"


def _short(seen: Observation) -> str:
    place = f' layer "{seen.layer}":' if seen.layer else ""
    return f"{seen.code}[{seen.name}]{place} {seen.evidence}"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:] if not title[:2].isupper() else title
