"""Runs the rules over a file: nothing crashes, causes come first, effects are not repeated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from caffe2torch.config.files import Files, Unavailable
from caffe2torch.lint import faults, rules
from caffe2torch.lint.config import Config
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import SEVERITIES, Finding
from caffe2torch.lint.rules import Rule

ASIDE = 94
"""Ranks from here on: what this machine lacks, and what healthy nets are told, too."""
MOST = 300
"""Findings of one rule that are listed; each may look through all layers for its fix."""


def lint_file(
    path: str | Path,
    *,
    select: Iterable[str] = ("ALL",),
    ignore: Iterable[str] = (),
    weights: str = "",
    config: Config | None = None,
    files: Files | None = None,
    skips_unfit: bool = False,
) -> list[Finding]:
    """The findings about a solver or net file, the most likely cause first.

    select, ignore: code prefixes, unless a whole `config` is given
    weights:        paths of pretrained weights, comma separated, as `c2t train --weights`
    files:          texts to read in place of what the disk holds
    skips_unfit:    weights that do not fit are left out, as with --ignore-shape-mismatch
    Never raises for bad input: what cannot be read is a finding.
    """
    config = config or Config(select=tuple(select), ignore=tuple(ignore))
    context = Context(str(path), files, weights)
    context.skips_unfit = skips_unfit
    return run(context, config)


def run(context: Context, config: Config) -> list[Finding]:
    """The findings about a context."""
    findings = list(_check(context))
    if context.readable:
        context.note_refusals()
    nets = context.known_nets if context.readable else []
    findings += _bounded(faults.findings(context.failures, findings, nets))
    kept = [f for f in _without_effects(findings) if _wanted(f, context, config)]
    # what is said of both phases at one place is said once
    once = {(f.code, f.message, f.span): f for f in reversed(kept)}
    return sorted(once.values(), key=_order)


def _check(context: Context) -> Iterator[Finding]:
    """What every rule yields, stamped with the rule's code.

    Rules that a configuration turns off run too: a cause that is not to be shown still explains
    its effects.
    """
    if not context.readable:
        return
    for rule in rules.every():
        try:
            for finding in _bounded(rule.check(context)):
                yield _stamp(rule, finding)
        except Unavailable:
            continue
        except Exception as error:  # noqa: BLE001  a broken rule must not hide the others
            yield faults.crash(rule.code, error)


def _bounded(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The first MOST findings of a rule, and one that stands for all that it would still say."""
    yield from islice(findings, MOST)
    for more in islice(findings, 1):
        message = f"{MOST} findings of this rule are listed, and there are more"
        hint = "mend these, and lint again"
        yield replace(more, message=message, severity="info", hint=hint, rank=ASIDE, fix=None,
                      why="", ways=(), about="")  # fmt: skip


def _stamp(rule: Rule, finding: Finding) -> Finding:
    return replace(
        finding,
        code=rule.code,
        name=rule.name,
        severity=finding.severity or rule.severity,
        rank=rule.rank if finding.rank is None else finding.rank,
        fix=finding.fix if finding.fix is not None and finding.fix.edits else None,
    )


def _without_effects(findings: list[Finding]) -> list[Finding]:
    """Drop findings whose cause was found too, and name them in the cause's message."""
    causes = {rule.code: rule.yields_to for rule in rules.every()}
    positions: dict[str, list[int]] = {}
    for i, finding in enumerate(findings):
        positions.setdefault(finding.code, []).append(i)
    out: dict[int, Finding] = dict(enumerate(findings))
    for i, effect in enumerate(findings):
        near = [j for code in causes.get(effect.code, ()) for j in positions.get(code, ())]
        j = next((j for j in near if j != i and j in out and _explains(out[j], effect)), None)
        if j is not None:
            del out[i]
            also = dict.fromkeys((*out[j].also, f"{effect.code} {effect.name}", *effect.also))
            out[j] = replace(out[j], also=tuple(also))
    return list(out.values())


def _explains(cause: Finding, effect: Finding) -> bool:
    """Whether a cause is about the same, and as severe: a mere info explains no error away."""
    same = not effect.about or not cause.about or effect.about == cause.about
    return same and SEVERITIES.index(cause.severity) <= SEVERITIES.index(effect.severity)


def _wanted(finding: Finding, context: Context, config: Config) -> bool:
    file = finding.file or context.file
    here = {file, context.file} if finding.span is None else {file}
    return (
        config.runs(finding.code)
        and not config.silences(finding.code, file)
        and not any(context.suppressions(f).silence(finding) for f in here)
    )


def _order(finding: Finding) -> tuple[int, int, str, int]:
    """Errors before warnings before infos; among these causes before effects.

    From ASIDE on a rank means that the finding tells no fault of this config: it stands last.
    """
    start = finding.span.start if finding.span else 0
    rank = finding.rank or 0
    severity = "info" if rank >= ASIDE else finding.severity
    return SEVERITIES.index(severity), rank, finding.code, start
