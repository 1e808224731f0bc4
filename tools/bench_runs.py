"""Train the lint benchmark's configs: is the fault detected, is its cause named, does a fix train?

    python -m tests.lint.bench.make DIR
    python tools/bench_runs.py DIR RESULTS.json [--nets lenet,cifar_quick] [--sample 150] [--seed 1]
        [--minutes 40]

A sample of the cases is drawn, with a fixed seed, and trained for up to 100 iterations with the
monitor looking on:
    detected: the lint's findings hold the seeded fault or an equally right diagnosis, or the run
              is refused, or monitor or probe say something
    cause:    what the lint says first, or what the probe's verdict names, is the seeded fault
    works:    it trains, and answers the test images, as the healthy config does
    repaired: of those that run and do not work, whether they do after `c2t lint --fix
              --unsafe-fixes`, or with what the probe proposes
Configs that are refused before the first iteration are counted apart: no monitor has anything to
repair there. Results are added to those that RESULTS.json holds, a case each, as far as the
processor's time goes. Exits 1 below the bars: 98 % detected, 90 % the cause, 95 % repaired.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from caffe2torch.atomic import replacing  # noqa: E402, RUF100
from caffe2torch.config.files import Files  # noqa: E402, RUF100
from caffe2torch.errors import C2TError  # noqa: E402, RUF100
from caffe2torch.health.monitor import Monitor  # noqa: E402, RUF100
from caffe2torch.health.probe.examination import examine  # noqa: E402, RUF100
from caffe2torch.health.probe.trial import Case  # noqa: E402, RUF100
from caffe2torch.health.probe.verdict import judge  # noqa: E402, RUF100
from caffe2torch.lint import engine, fix  # noqa: E402, RUF100
from caffe2torch.lint.config import Config  # noqa: E402, RUF100
from caffe2torch.lint.context import Context  # noqa: E402, RUF100
from caffe2torch.lint.finding import Finding  # noqa: E402, RUF100
from caffe2torch.module.options import Options  # noqa: E402, RUF100
from caffe2torch.train.solver import Solver  # noqa: E402, RUF100

STEPS, LAST, IMAGES = 100, 20, 360
LEARNED, RIGHT = 0.6, 0.6
"""Share of the loss at the start, and of the test images: healthy ones come below and above."""
BARS = {"detected": 0.98, "cause": 0.90, "repaired": 0.95}


@dataclass
class Outcome:
    """A short training: how it ended, and what was seen.

    ended: "works", "fails", or "refused" with the message
    """

    ended: str
    message: str = ""
    first: float = float("nan")
    last: float = float("nan")
    accuracy: float | None = None
    seen: list[str] = field(default_factory=list)


@dataclass
class Row:
    """A case: what was seeded, what was said, and what became of it.

    fixed, proposed: the outcome after the lint's fixes, and with the probe's proposal; None where
    it was not tried
    """

    name: str
    cause: str
    accept: list[str]
    lint: list[str]
    written: Outcome
    probe: list[str] = field(default_factory=list)
    fixed: Outcome | None = None
    proposed: Outcome | None = None

    @property
    def right(self) -> set[str]:
        return {self.cause, *self.accept}

    @property
    def detected(self) -> bool:
        return bool(self.right & set(self.lint) or self.refused or self.written.seen or self.probe)

    @property
    def named(self) -> bool:
        """Whether the cause is what the lint says first, or what the probe says."""
        return bool(self.right & {*self.lint[:1], *self.probe})

    @property
    def fails(self) -> bool:
        return self.written.ended != "works"

    @property
    def refused(self) -> bool:
        """Whether it is refused, as Caffe would refuse it."""
        return self.written.ended == "refused"

    @property
    def repaired(self) -> bool:
        return any(one is not None and one.ended == "works" for one in (self.fixed, self.proposed))


def examined(folder: Path) -> Row:
    """Lint, train, and where it fails repair and probe a case."""
    case = json.loads((folder / "expect.json").read_text())
    weights = case["argv"][1] if case["argv"][:1] == ["--weights"] else ""
    with inside(folder):
        findings = look({}, weights)[1]
        row = Row(folder.name, case["cause"], case["accept"], [f.code for f in findings],
                  train({}, weights))  # fmt: skip
        if not row.fails:
            return row
        applied = fix.apply_all(lambda texts: look(texts, weights), unsafe=True)
        if applied.texts:
            row.fixed = train(applied.texts, weights)
        if not row.repaired:
            probe(row, weights)
    return row


def look(texts: dict[str, str], weights: str) -> tuple[Context, list[Finding]]:
    """Lint the solver of the working directory."""
    context = Context("solver.prototxt", Files(dict(texts)), weights)
    return context, engine.run(context, Config())


def probe(row: Row, weights: str) -> None:
    """Note the verdict, and train what it proposes."""
    try:
        done = examine(Case("solver.prototxt", weights), 20, Options())
    except (C2TError, AssertionError):
        return
    row.probe = list(judge(done).causes)
    if done.winner:
        row.proposed = train(dict(done.winner[0].case.texts), weights)


def train(texts: dict[str, str], weights: str) -> Outcome:
    """Train for up to 100 iterations, and test."""
    monitor = Monitor(lambda _: None, "light")
    try:
        files = Files(dict(texts), strict=True)
        solver = files.solver("solver.prototxt")
        param = solver.message
        param.snapshot, param.snapshot_after_train, param.display = 0, False, 0
        running = Solver(solver, Options(), watchers=[monitor], files=files)
    except C2TError as error:
        return Outcome("refused", str(error)[:200])
    try:
        if weights:
            running.load(weights)
        running.step(min(STEPS, param.max_iter or STEPS))
        return outcome(running, monitor)
    except C2TError as error:
        return Outcome("refused", str(error)[:200], seen=[o.code for o in monitor.observations])
    finally:
        running.close()


@torch.no_grad()
def outcome(running: Solver, monitor: Monitor) -> Outcome:
    """Judge a training by its losses and the test images."""
    losses = monitor.history.losses
    accuracies = []
    for test in running.tests[:1]:
        batches = max(1, IMAGES // max(1, test.images))
        scores = [test.run() for _ in range(batches)]
        if "accuracy" in scores[0]:
            accuracies.append(sum(float(one["accuracy"]) for one in scores) / batches)
    first = losses[0] if losses else float("nan")
    last = sum(losses[-LAST:]) / len(losses[-LAST:]) if losses else float("nan")
    able = last < LEARNED * min(first, monitor.history.chance or first) and not monitor.failed
    able = able and all(accuracy >= RIGHT for accuracy in accuracies)
    return Outcome(
        "works" if able else "fails", "", first, last,
        accuracies[0] if accuracies else None, [o.code for o in monitor.observations],
    )  # fmt: skip


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a copy of a case, beside its data."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        copy = Path(aside) / "case"
        shutil.copytree(folder, copy)
        (Path(aside) / "data").symlink_to((folder.parent / "data").resolve())
        os.chdir(copy)
        try:
            yield
        finally:
            os.chdir(here)


def read(path: Path) -> list[Row]:
    """Return the rows of a file, none if there is none."""
    if not path.is_file():
        return []
    kept = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [of_record(one) for one in kept]


def of_record(one: dict[str, Any]) -> Row:
    """Return a row from its record."""
    for name in ("written", "fixed", "proposed"):
        one[name] = Outcome(**one[name]) if one[name] else None
    return Row(**one)


def save(path: Path, rows: list[Row]) -> None:
    """Write all rows, each on a line."""
    lines = ",\n".join(json.dumps(asdict(row)) for row in rows)
    with replacing(path) as aside:
        aside.write_text(f'{{"cases": [\n{lines}\n]}}\n', encoding="utf-8")


def report(rows: list[Row]) -> int:
    """Print the shares and what was missed; return the exit code."""
    failing = [row for row in rows if row.fails and not row.refused]
    parts = {
        "detected": (rows, [row for row in rows if row.detected]),
        "cause": (rows, [row for row in rows if row.named]),
        "repaired": (failing, [row for row in failing if row.repaired]),
    }
    good = True
    for name, (every, right) in parts.items():
        share = len(right) / len(every) if every else 1.0
        good = good and share >= BARS[name]
        click.echo(f"{name}: {len(right)}/{len(every)} = {share:.1%} (bar {BARS[name]:.0%})")
        for row in every:
            if row not in right:
                click.echo(f"  {line(row)}")
    refused = [row for row in rows if row.refused]
    mended = sum(row.repaired for row in refused)
    works = len(rows) - len(failing) - len(refused)
    click.echo(f"{works} of {len(rows)} work all the same; {len(refused)} are refused before they ")
    click.echo(f"run, {mended} of which work after the fixes")
    return int(not good)


def line(row: Row) -> str:
    """Return a case in a line."""
    ends = [f"{name} {one.ended}" for name in ("written", "fixed", "proposed")
            if (one := getattr(row, name)) is not None]  # fmt: skip
    lint = " ".join(row.lint[:4]) or "nothing"
    return f"{row.name}: {', '.join(ends)}; lint {lint}; probe {' '.join(row.probe) or '-'}"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--nets", default="lenet,cifar_quick", show_default=True)
@click.option("--sample", default=150, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--minutes", default=40.0, show_default=True, help="Of the processor.")
@click.option("--again", default="", help="Run these cases anew: parts of names, comma separated.")
def main(
    folder: Path, results: Path, nets: str, sample: int, seed: int, minutes: float, again: str
) -> None:
    """Run and report."""
    names = sorted(
        path.parent.name
        for path in folder.glob("*/expect.json")
        if path.parent.name.partition("-")[0] in nets.split(",")
        and not json.loads(path.read_text())["healthy"]
    )
    chosen = random.Random(seed).sample(names, min(sample, len(names)))
    parts = [part for part in again.split(",") if part]
    rows = [row for row in read(results) if not any(part in row.name for part in parts)]
    done = {row.name for row in rows}
    for name in chosen:
        if name in done:
            continue
        if time.process_time() > 60 * minutes:
            break
        rows.append(examined(folder / name))
        save(results, rows)
        click.echo(f"{time.process_time():.0f} s {line(rows[-1])}")
    sys.exit(report([row for row in rows if row.name in chosen]))


if __name__ == "__main__":
    main()
