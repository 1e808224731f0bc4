"""A whole `c2t lint`, as a process, against a bare Python that imports click and numpy."""

from __future__ import annotations

from collections.abc import Iterator

from tools.benchmarks.pairs import Ratio, paired
from tools.benchmarks.start import run

SOLVERS = ("es_vgg", "alexnet", "digits_lenet")


def measure() -> Iterator[Ratio]:
    against = "python -c 'import click, numpy'"
    for name in SOLVERS:
        arguments = ["-m", "caffe2torch", "lint", f"solvers/{name}/solver.prototxt"]
        yield paired(
            f"c2t lint solvers/{name}", lambda a=arguments: run(*a),
            lambda: run("-c", "import click, numpy"), goal=5, against=against,
        )  # fmt: skip
