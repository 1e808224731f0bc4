"""Start-up of the command line against a bare Python that imports click."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.benchmarks.pairs import Ratio, paired

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> None:
    """Run a Python with these arguments in the project's folder."""
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)


def measure() -> Iterator[Ratio]:
    def bare() -> None:
        run("-c", "import click, numpy")

    against = "python -c 'import click, numpy'"
    yield paired(
        "c2t --help", lambda: run("-m", "caffe2torch", "--help"), bare, goal=1.5, against=against
    )
    yield paired(
        "import caffe2torch", lambda: run("-c", "import caffe2torch"), bare, goal=1, against=against
    )
