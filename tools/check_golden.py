"""Run any folder in the golden format: one line a part, misses with the largest error.

    python tools/check_golden.py DIR [--part layers] [--allow-waits] [--verbose]

Exits 1 on any miss, and on any case that waits for something not built unless --allow-waits.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import tools.golden as parts

ORDER = ["upgrade", "layers", "fillers", "nets", "transform", "invalid", "solvers"]


def names() -> list[str]:
    """Every part: a file in tools/golden with a `check` function."""
    folder = Path(parts.__path__[0])
    modules = [info.name for info in iter_modules(parts.__path__)]
    checked = [name for name in modules if "\ndef check(" in (folder / f"{name}.py").read_text()]
    return sorted(checked, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--part", "only", multiple=True, help="Only this part; may be given again.")
@click.option("--case", "wanted", default="", help="Only cases whose name contains this.")
@click.option("--allow-waits", is_flag=True, help="Do not fail for cases that wait for a type.")
@click.option("--verbose", is_flag=True, help="Print every problem of a miss, not the first two.")
def main(
    folder: Path, only: tuple[str, ...], wanted: str, allow_waits: bool, verbose: bool
) -> None:
    """Compare caffe2torch with the golden data in FOLDER."""
    unknown = set(only) - set(names())
    if unknown:
        raise click.UsageError(f"unknown part {unknown.pop()!r}; parts: {', '.join(names())}")
    failed = False
    folder = folder.resolve()
    for name in only or names():
        if (folder / name / "index.json").exists():
            failed |= _check(name, folder / name, wanted, allow_waits, verbose)
        elif only:
            raise click.UsageError(f"{folder / name} holds no index.json")
    sys.exit(1 if failed else 0)


def _check(name: str, folder: Path, wanted: str, allow_waits: bool, verbose: bool) -> bool:
    start = time.monotonic()
    check = import_module(f"tools.golden.{name}").check
    os.chdir(folder)  # the golden paths are relative to their part's folder
    outcomes = [outcome for outcome in check(folder) if wanted in outcome.name]
    waits = Counter(outcome.waits for outcome in outcomes if outcome.waits)
    misses = [outcome for outcome in outcomes if outcome.problems and not outcome.waits]
    skipped = Counter(outcome.skipped for outcome in outcomes if outcome.skipped)
    outcomes = [outcome for outcome in outcomes if not outcome.skipped]
    passed = sum(not outcome.problems for outcome in outcomes)
    worst = max((outcome.worst for outcome in outcomes if not outcome.problems), default=0.0)
    seconds = time.monotonic() - start
    click.echo(
        f"{name}: {passed}/{len(outcomes)}  ({seconds:.1f} s, "
        f"largest difference {worst:.2f} of the allowed)"
    )
    for outcome in sorted(misses, key=lambda outcome: -outcome.worst):
        click.echo(f"  miss {outcome.name}")
        for problem in outcome.problems[: None if verbose else 2]:
            click.echo(f"    {problem}")
    if waits:
        click.echo("  waits for: " + ", ".join(f"{k} {n}" for k, n in waits.most_common()))
    for reason, n in skipped.items():
        click.echo(f"  skipped {n}: {reason}")
    return bool(misses) or (bool(waits) and not allow_waits)


if __name__ == "__main__":
    main()
