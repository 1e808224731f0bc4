"""The configs that lint's fixes would give, to be tried beside the original."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from caffe2torch.config.files import Files, Unavailable
from caffe2torch.format.text import apply
from caffe2torch.health.probe.trial import Case
from caffe2torch.lint import engine, fix, remedy
from caffe2torch.lint.config import Config
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

RATES = (0.1, 10.0)
"""Factors of base_lr that are tried where the lint has nothing to propose."""


@dataclass(frozen=True)
class Variant:
    """A config with something changed.

    title:    what is changed
    causes:   the findings that are cured by it
    how:      what a user does to get it
    """

    title: str
    case: Case
    causes: list[Finding] = field(default_factory=list)
    how: str = ""


def look(case: Case) -> tuple[Context, list[Finding]]:
    """Return the lint's context of a case, and its errors and warnings."""
    context = Context(case.file, Files(dict(case.texts)), case.weights)
    return context, [f for f in engine.run(context, Config()) if f.severity != "info"]


def variants(case: Case, context: Context, findings: list[Finding]) -> list[Variant]:
    """Return what to try, the most promising first, no two of them alike."""
    unique: dict[tuple[tuple[str, str], ...], Variant] = {}
    for variant in _all(case, context, findings):
        unique.setdefault(tuple(sorted(variant.case.texts.items())), variant)
    return list(unique.values())


def _all(case: Case, context: Context, findings: list[Finding]) -> Iterator[Variant]:
    fixable = [f for f in findings if f.fix and f.fix.edits and not f.fix.safe]
    if fixable:
        yield _together(case, fixable)
    for finding in fixable if len(fixable) > 1 else ():
        assert finding.fix is not None
        how = f"{finding.code}'s fix"
        yield _edited(case, context, finding.fix, [finding], how)
    yield from _ways_out(case, context, findings)
    if not fixable:
        yield from _other_rates(case, context)


def _together(case: Case, fixable: list[Finding]) -> Variant:
    """All fixes, again and again until none is left, as --fix makes them."""

    def relint(texts: dict[str, str]) -> tuple[Context, list[Finding]]:
        return look(Case(case.file, case.weights, {**case.texts, **texts}))

    applied = fix.apply_all(relint, unsafe=True)
    title = "; ".join(dict.fromkeys(one.title.partition(": logit")[0] for one in applied.fixes))
    how = f"c2t lint --fix --unsafe-fixes {case.file}"
    return Variant(title, _over(case, applied.texts), fixable, how)


def _edited(case: Case, context: Context, one: Fix, causes: list[Finding], how: str) -> Variant:
    texts = {
        file: apply(context.files.text(file), edits) for file, edits in fix.by_file([one]).items()
    }
    return Variant(one.title.partition(": logit")[0], _over(case, texts), causes, how)


def _ways_out(case: Case, context: Context, findings: list[Finding]) -> Iterator[Variant]:
    """The other remedies of a signal that dies or explodes, each with the rate that it needs."""
    causes = [finding for finding in findings if finding.code in ("C2T201", "C2T202")]
    if not causes:
        return
    for way in remedy.remedies(context):
        if not way.edits:
            continue
        title, edits = way.title, way.edits
        rate = None if way.norm else remedy.good_rate(context, way.signal)
        if rate is not None and rate < context.param.base_lr:
            title += f"; base_lr: {fix.number(rate)}"
            edits += tuple(fix.put_solver(context.solver, "base_lr", fix.number(rate)))
        yield _edited(case, context, Fix(title, edits), causes[:1], title)


def _other_rates(case: Case, context: Context) -> Iterator[Variant]:
    try:
        base = context.param.base_lr
    except Unavailable:
        return
    for factor in RATES:
        value = fix.number(base * factor)
        edits = tuple(fix.put_solver(context.solver, "base_lr", value))
        if edits and base > 0:
            title = f"base_lr: {value}"
            yield _edited(case, context, Fix(title, edits), [], title)


def _over(case: Case, texts: dict[str, str]) -> Case:
    return Case(case.file, case.weights, {**case.texts, **texts})
