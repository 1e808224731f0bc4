"""Try popular advice on a small VGG, and write docs/evidence.md from what came out.

    python tools/evidence.py run RESULTS.json [--only a] [--seeds 3] [--minutes 40]
    python tools/evidence.py write RESULTS.json PAGE.md
    python tools/evidence.py articles RESULTS.json PAGE.md
    python tools/evidence.py config a1 -o FOLDER

`run` adds to the results that are there, one training after another, seed by seed; `write` makes
the page from them, and nothing else is in its tables; `articles` tells the stories with their
numbers; `config` writes a config of a table, to be tried by hand.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from statistics import mean

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from caffe2torch.atomic import replacing  # noqa: E402, I001, RUF100
from caffe2torch.config.files import Files, Unavailable  # noqa: E402, RUF100
from caffe2torch.format import upgrade  # noqa: E402, RUF100
from caffe2torch.health.monitor import Monitor  # noqa: E402, RUF100
from caffe2torch.health.probe.examination import examine  # noqa: E402, RUF100
from caffe2torch.health.probe.trial import Case  # noqa: E402, RUF100
from caffe2torch.health.probe.verdict import judge  # noqa: E402, RUF100
from caffe2torch.lint import engine  # noqa: E402, RUF100
from caffe2torch.lint.config import Config  # noqa: E402, RUF100
from caffe2torch.lint.context import Context  # noqa: E402, RUF100
from caffe2torch.module.extras import Extras  # noqa: E402, RUF100
from caffe2torch.module.options import Options  # noqa: E402, RUF100
from caffe2torch.train.solver import Solver  # noqa: E402, RUF100
from tools.story import VARIANTS, Variant  # noqa: E402, RUF100

PROBED = (
    *("as written: 1/256, xavier, base_lr 0.0648", "msra", "base_lr × 255"),
    *("ImageNet's mean and deviation", "bypassed", "base_lr 0.6", "dropout 0.9"),
)
"""Variants whose first seed is probed too."""
SECONDS = 30


@dataclass
class Result:
    """One training.

    accuracy, averaged: (iteration, value) of each test; the latter of the moving average
    loss:       mean of the last ten iterations
    gradient:   root mean square in the first layer at iteration 0
    signal:     std of the logits from the input, as the lint predicts it; None where it cannot
    lint:       codes of errors and warnings; monitor: codes with the iteration
    probe:      codes of its verdict, None where it was not asked
    code:       of which version of the package, as `fingerprint` names it
    """

    group: str
    name: str
    seed: int
    accuracy: list[tuple[int, float]]
    averaged: list[tuple[int, float]]
    loss: float
    gradient: float
    signal: float | None
    lint: list[str]
    monitor: list[tuple[str, int]]
    seconds: float
    probe: list[str] | None = None
    losses: list[float] = field(default_factory=list)
    code: str = ""


def train(variant: Variant, seed: int, folder: Path) -> Result:
    """Train a variant, with lint and monitor looking on, and the probe for some."""
    path = variant.write(folder / "run", seed)
    weights = pretrained(variant, folder) if variant.pretrained else ""
    signal, codes = linted(path, weights)
    monitor = Monitor(lambda _: None, "light")
    start = time.monotonic()
    running = Solver(
        upgrade.read_solver(path),
        Options(extras=Extras(**variant.extras), ignore_shape_mismatch=True),
        watchers=[monitor],
    )
    if weights:
        running.load(weights)
    running.step(variant.iterations)
    running.test_all()
    running.close()
    history = monitor.history
    norms = {one.layer: one.gradient for one in history.norms.get(0, [])}
    asked = seed == 1 and variant.name in PROBED
    return Result(
        variant.group, variant.name, seed,
        accuracy=history.scores.get((0, "accuracy"), []),
        averaged=history.averaged.get((0, "accuracy"), []),
        loss=mean(history.losses[-10:]), gradient=norms.get("conv1_1", float("nan")),
        signal=signal, lint=codes,
        monitor=[(seen.code, seen.iteration) for seen in monitor.observations],
        seconds=round(time.monotonic() - start, 1),
        probe=list(judge(examine(Case(str(path)), SECONDS, Options())).causes) if asked else None,
        losses=[float(f"{loss:.4g}") for loss in history.losses],
        code=fingerprint(ROOT / "caffe2torch"),
    )  # fmt: skip


@cache
def fingerprint(package: Path) -> str:
    """Return eight digits that stand for the program texts of a package."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def pretrained(variant: Variant, folder: Path) -> str:
    """Train the same net for 60 iterations on images of another size; return its weights."""
    before = replace(variant, iterations=60)
    path = before.write(folder / "before", 99, variant.pretrained)
    solver = upgrade.read_solver(path)
    solver.message.snapshot_prefix = str(folder / "before" / "run")
    running = Solver(solver)
    running.step(60)
    state = running.snapshot()
    running.close()
    return state.replace(".solverstate", ".caffemodel")


def linted(path: Path, weights: str) -> tuple[float | None, list[str]]:
    """Return what the lint predicts of the signal, and the codes of errors and warnings."""
    context = Context(str(path), Files(), weights)
    findings = engine.run(context, Config(ignore=("C2T312",)))  # they are meant to be short
    serious = [finding for finding in findings if finding.severity != "info"]
    codes = [f.code + ("" if f.severity == "error" else "?") for f in serious]
    try:
        main = context.signal.main
    except Unavailable:
        return None, codes
    return (float(f"{main.input_std:.3g}") if main else None), codes


def key(variant: Variant | Result, seed: int) -> tuple[str, str, int]:
    return variant.group, variant.name, seed


def read(path: Path) -> list[Result]:
    """Return the results of a file, none if there is none."""
    if not path.is_file():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))["results"]
    return [Result(**row) for row in rows]


def save(path: Path, results: list[Result]) -> None:
    """Write all results, each on a line."""
    rows = ",\n".join(json.dumps(asdict(one)) for one in results)
    with replacing(path) as aside:
        aside.write_text(f'{{"results": [\n{rows}\n]}}\n', encoding="utf-8")


@click.group()
def cli() -> None:
    """Evidence, not folklore."""


@cli.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--only", default="", help="Letters of groups, such as ab.")
@click.option("--seeds", default=3, show_default=True)
@click.option("--minutes", default=40.0, show_default=True)
@click.option("--anew", is_flag=True, help="Train again what another version has trained.")
def run(results: Path, only: str, seeds: int, minutes: float, anew: bool) -> None:
    """Train what RESULTS does not hold yet, as far as the time goes."""
    end = time.monotonic() + 60 * minutes
    done = read(results)
    present = fingerprint(ROOT / "caffe2torch")
    known = {key(one, one.seed) for one in done if not anew or one.code == present}
    for seed in range(1, seeds + 1):
        for variant in VARIANTS:
            if (only and variant.group[0] not in only) or key(variant, seed) in known:
                continue
            if time.monotonic() > end:
                return
            with tempfile.TemporaryDirectory(dir=results.parent) as folder:
                new = train(variant, seed, Path(folder))
            done = [one for one in done if key(one, one.seed) != key(variant, seed)] + [new]
            save(results, done)
            click.echo(f"{variant.group[0]} {variant.name} #{seed}: {done[-1].accuracy[-1][1]:.3f}")


@cli.command()
@click.argument("names", nargs=-1, required=True)
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path("stories"))
def config(names: tuple[str, ...], folder: Path) -> None:
    """Write the configs that the pages call NAMES, such as a1; say what trains them."""
    unknown = [name for name in names if name not in labelled()]
    if unknown:
        raise click.UsageError(f"{unknown[0]} is none of {', '.join(labelled())}")
    for name in names:
        variant = labelled()[name]
        path = variant.write(folder / name, 1)
        click.echo(" ".join(["c2t train", path.as_posix(), *options_of(variant)]))


def options_of(variant: Variant) -> list[str]:
    """Return what of a variant is no field of a solver."""
    words = []
    for option, value in variant.extras.items():
        words.append(f"--{option.replace('_', '-')}")
        words += [] if value is True else [str(value)]
    return words


def labelled() -> dict[str, Variant]:
    """Return each variant by the letter of its group and its number in it: a1, a2, ..."""
    names: dict[str, Variant] = {}
    for letter in sorted({variant.group[0] for variant in VARIANTS}):
        group = [variant for variant in VARIANTS if variant.group[0] == letter]
        names |= {f"{letter}{i}": variant for i, variant in enumerate(group, 1)}
    return names


@cli.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True))
@click.argument("page", type=click.Path(path_type=Path))
def articles(results: Path, page: Path) -> None:
    """Write PAGE, the five stories, from RESULTS."""
    from tools.articles_page import render

    with replacing(page) as aside:
        aside.write_text(render(read(results)), encoding="utf-8")


@cli.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True))
@click.argument("page", type=click.Path(path_type=Path))
def write(results: Path, page: Path) -> None:
    """Write PAGE, and a plot beside it, from RESULTS."""
    from tools.evidence_page import draw, render

    with replacing(page) as aside:
        aside.write_text(render(read(results)), encoding="utf-8")
    draw(read(results), page.with_suffix(".png"))


if __name__ == "__main__":
    cli()
