"""Start-up of the command line against a bare Python that imports click."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.benchmarks.pairs import Ratio, paired

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)


def measure() -> Iterator[Ratio]:
    def bare() -> None:
        run("-c", "import click, numpy")

    against = "python -c 'import click, numpy'"
    yield paired(
        "c2t --help", lambda: run("-m", "caffe2torch", "--help"), bare, goal=1.5, against=against
    )
    lint = ["-m", "caffe2torch", "lint", "solvers/es_vgg/solver.prototxt"]
    yield paired("c2t lint of VGG-16", lambda: run(*lint), bare, goal=5, against=against)
