"""Measure caffe2torch against something real, pair by pair, in one run.

    python tools/bench.py [NAME ...] [--threads N]

Prints one ratio a line; exits 1 if one misses its goal. Shared machines are noisy: believe the
ratio, not the milliseconds.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import tools.benchmarks as package  # noqa: E402, I001, RUF100


def names() -> list[str]:
    return sorted({info.name for info in iter_modules(package.__path__)} - {"pairs"})


@click.command()
@click.argument("wanted", nargs=-1)
@click.option("--threads", default=0, help="Threads for torch; 0 leaves its own choice.")
def main(wanted: tuple[str, ...], threads: int) -> None:
    """Run the benchmarks called WANTED, or all."""
    unknown = set(wanted) - set(names())
    if unknown:
        raise click.UsageError(f"unknown {unknown.pop()!r}; benchmarks: {', '.join(names())}")
    if threads:
        import torch

        torch.set_num_threads(threads)
    missed = False
    for name in wanted or names():
        for ratio in import_module(f"tools.benchmarks.{name}").measure():
            click.echo(ratio.line())
            missed |= ratio.ratio > ratio.goal
    sys.exit(missed)


if __name__ == "__main__":
    main()
