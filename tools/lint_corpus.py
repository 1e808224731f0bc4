"""Runs `c2t lint` over a folder of real configs and prints what it says, as Markdown or JSON.

    python tools/lint_corpus.py DIR [--format markdown|json] [--code C2T2] [--severity warning]
    python tools/lint_corpus.py DIR --fix

With --fix every file gets its safe fixes, in memory, and is linted again: the exit code is 1 if one
then has more errors or warnings than before, or asks for more than 1.1 times the forward and
backward passes of images.

Every solver under DIR is linted with the net that it names, and every training net that none of
them names on its own. With an index.csv (columns path and kind) only its files of the kinds solver
and net_train_val count. A solver whose net is not there is linted without it; that the net is
missing is counted, not listed.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from caffe2torch.config.files import Files, Unavailable
from caffe2torch.lint import engine, fix
from caffe2torch.lint.config import Config
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import SEVERITIES, Finding

SLOWEST = 5
DEARER = 1.1
"""How many times more passes a fixed config may ask for."""
PASSES = 3
"""Forward passes that a training step takes as long as: its own and a backward of two."""


@dataclass
class Case:
    """One linted file: its findings, and the seconds of processor time that they took."""

    path: str
    solver: bool
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    complete: bool = True


def lint(path: str, solver: bool, linted: set[str]) -> Case:
    """Lint one file; the nets that it reads are added to `linted`."""
    start = time.process_time()
    context = Context(path)
    found = engine.run(context, Config())
    kept = [f for f in found if not _no_net(f)]
    linted |= {os.path.normpath(net.file) for net in context.known_nets}
    return Case(path, solver, kept, time.process_time() - start, len(kept) == len(found))


@dataclass
class Fixed:
    """One file before and after its safe fixes: errors and warnings, and passes of images."""

    path: str
    fixes: int
    before: tuple[int, int]
    after: tuple[int, int]
    dearer: float

    @property
    def worse(self) -> bool:
        return self.after > self.before or self.dearer > DEARER


def fixed(path: str) -> Fixed:
    """Lint one file, make its safe fixes in memory, and lint it again."""

    def relint(texts: dict[str, str]) -> tuple[Context, list[Finding]]:
        context = Context(path, Files(texts))
        return context, engine.run(context, Config())

    context, findings = relint({})
    applied = fix.apply_all(relint, unsafe=False)
    if not applied.fixes:
        return Fixed(path, 0, _grave(findings), _grave(findings), 1.0)
    other, again = relint(applied.texts)
    before, after = passes(context), passes(other)
    dearer = after / before if before and after else 1.0
    return Fixed(path, len(applied.fixes), _grave(findings), _grave(again), dearer)


def _grave(findings: list[Finding]) -> tuple[int, int]:
    """Errors and warnings, without what machine and corpus lack."""
    kept = [finding.severity for finding in findings if not _no_net(finding)]
    return kept.count("error"), kept.count("warning")


def passes(context: Context) -> float:
    """Forward passes of images that a solver asks for, in training and tests; 0 for a net."""
    if not context.is_solver:
        return 0.0
    try:
        p, train = context.param, sum(s.batch_size for s in context.train.sources[:1])
        steps = PASSES * p.max_iter * train * max(1, p.iter_size)
        batches = [sum(s.batch_size for s in test.sources[:1]) for test in context.tests]
    except Unavailable:
        return 0.0
    tests = p.max_iter / p.test_interval if p.test_interval else 0.0
    return steps + tests * sum(n * b for n, b in zip(p.test_iter, batches, strict=False))


def _no_net(finding: Finding) -> bool:
    return finding.code == "C2T001" and "does not exist" in finding.message


def run(folder: Path) -> list[Case]:
    """All cases under a folder, linted from inside it: solvers, then the nets left over."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        linted: set[str] = set()
        solvers, nets = _indexed() if Path("index.csv").exists() else _found()
        cases = [lint(path, True, linted) for path in solvers]
        return cases + [lint(path, False, linted) for path in nets if path not in linted]
    finally:
        os.chdir(here)


def _indexed() -> tuple[list[str], list[str]]:
    with Path("index.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = ("solver", "net_train_val")
    first, second = ([row["path"] for row in rows if row["kind"] == kind] for kind in kinds)
    return first, second


def _found() -> tuple[list[str], list[str]]:
    paths = sorted(str(path) for path in Path().rglob("*.prototxt"))
    solvers = [path for path in paths if _solves(path)]
    return solvers, [path for path in paths if path not in solvers and _trains(path)]


def _solves(path: str) -> bool:
    try:
        return Context(path).is_solver
    except Unavailable:
        return False


def _trains(path: str) -> bool:
    try:
        return bool(Context(path).train)
    except Unavailable:
        return False


def counts(cases: list[Case]) -> dict[str, Counter[str]]:
    """Code and name -> findings by severity, and under "files" the files that have one."""
    table: dict[str, Counter[str]] = {}
    for case in cases:
        for finding in case.findings:
            row = table.setdefault(f"{finding.code} {finding.name}", Counter())
            row[finding.severity] += 1
        for name in {f"{finding.code} {finding.name}" for finding in case.findings}:
            table[name]["files"] += 1
    return dict(sorted(table.items()))


def listed(cases: list[Case], code: str, severity: str) -> Iterator[tuple[Case, Finding]]:
    """The findings of a severity whose code begins so."""
    for case in cases:
        for finding in case.findings:
            if finding.code.startswith(code) and severity in (finding.severity, "any"):
                yield case, finding


def markdown(cases: list[Case], code: str, severity: str) -> Iterator[str]:
    """Numbers, a table by code, and the chosen findings."""
    solvers = [case for case in cases if case.solver]
    alone = sum(not case.complete for case in solvers)
    seconds = sorted(case.seconds for case in cases)
    yield f"{len(solvers)} solvers ({alone} without their net), {len(cases) - len(solvers)} nets"
    middle = seconds[len(seconds) // 2] if seconds else 0.0
    yield f"{sum(seconds):.0f} s of processor time, {middle:.3f} s at the median; slowest:"
    for case in sorted(cases, key=lambda case: -case.seconds)[:SLOWEST]:
        yield f"- {case.seconds:.2f} s {case.path}"
    yield from ("", "| code | errors | warnings | infos | files |", "|---|--:|--:|--:|--:|")
    table = counts(cases)
    for name, row in (*table.items(), ("all", sum(table.values(), Counter()))):
        files = "" if name == "all" else row["files"]
        yield f"| {name} | {' | '.join(str(row[s]) for s in SEVERITIES)} | {files} |"
    yield ""
    for case, finding in listed(cases, code, severity):
        yield f"- `{case.path}` {finding.code} {finding.severity}: {finding.text}"


def as_json(cases: list[Case], code: str, severity: str) -> str:
    """The counts and the chosen findings."""
    table = {name: dict(row) for name, row in counts(cases).items()}
    findings = [
        {
            "path": case.path,
            "code": finding.code,
            "severity": finding.severity,
            "file": finding.file,
            "line": finding.span.line if finding.span else None,
            "message": finding.text,
        }
        for case, finding in listed(cases, code, severity)
    ]
    times = {case.path: round(case.seconds, 3) for case in cases}
    return json.dumps({"counts": table, "findings": findings, "seconds": times}, indent=1)


def mend(folder: Path) -> int:
    """Fix every file under a folder in memory, print what became worse; the exit code."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        solvers, nets = _indexed() if Path("index.csv").exists() else _found()
        rows = [fixed(path) for path in (*solvers, *nets)]
    finally:
        os.chdir(here)
    worse = [row for row in rows if row.worse]
    for row in worse:
        click.echo(f"- `{row.path}` {row.before} → {row.after}, passes x {row.dearer:.2f}")
    changed = sum(row.fixes > 0 for row in rows)
    click.echo(f"{len(rows)} files, {changed} fixed, {len(worse)} worse")
    return int(bool(worse))


@click.command(help=__doc__.split("\n")[0])
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown")
@click.option("--code", default="", help="List only findings whose code begins so.")
@click.option("--severity", type=click.Choice([*SEVERITIES, "any"]), default="error")
@click.option("--fix", "mends", is_flag=True, help="Make the safe fixes, and lint again.")
def main(folder: Path, form: str, code: str, severity: str, mends: bool) -> None:
    """Run and print; exit 1 if a rule crashed, or a fix made something worse."""
    if mends:
        sys.exit(mend(folder))
    cases = run(folder)
    if form == "json":
        click.echo(as_json(cases, code, severity))
    else:
        click.echo("\n".join(markdown(cases, code, severity)))
    sys.exit(any(f.code == "C2T009" for case in cases for f in case.findings))


if __name__ == "__main__":
    main()
