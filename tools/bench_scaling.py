"""How much faster two processes train than one, on this machine's processors.

    python tools/bench_scaling.py [--procs 2] [--batch 64] [--rounds 5]

Runs the CIFAR-10 quick net on made-up data, one thread a process, each round first alone and
then together, and prints the best images/s of each: what else runs on the machine only slows.
"""

from __future__ import annotations

import csv
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import click

SHORT, LONG = 11, 61
ROOT = Path(__file__).resolve().parents[1]
DATA = """
layer {{ name: "data" type: "DummyData" top: "data" top: "label"
  dummy_data_param {{ shape {{ dim: {n} dim: 3 dim: 32 dim: 32 }} shape {{ dim: {n} }}
    data_filler {{ type: "gaussian" std: 1 }} data_filler {{ type: "constant" }} }} }}
"""
SOLVER = """
net: "net.prototxt" base_lr: 0.001 momentum: 0.9 lr_policy: "fixed" display: 20
snapshot_after_train: false snapshot_prefix: "x" solver_mode: CPU random_seed: 1
"""


def write(folder: Path, batch: int) -> None:
    """Write the quick net with data that costs nothing to read."""
    text = (ROOT / "solvers" / "cifar10_quick" / "train_val.prototxt").read_text()
    layers = re.split(r"(?m)^(?=layer \{)", text)[1:]
    kept = [t for t in layers if '"Data"' not in t and "phase: TEST" not in t]
    (folder / "net.prototxt").write_text(DATA.format(n=batch) + "".join(kept))
    (folder / "solver.prototxt").write_text(SOLVER)


def run(folder: Path, procs: int, iterations: int) -> float:
    """Train; return the processor seconds that all processes took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    flags = ["--no-lint", "--max-iter", str(iterations), "--procs", str(procs)]
    subprocess.run(
        [sys.executable, "-m", "caffe2torch", "train", "solver.prototxt", *flags],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def speed(folder: Path, procs: int, batch: int) -> tuple[float, float]:
    """Return images/s over all processes, and images per processor second.

    The second does not see what else runs on the machine: it counts work, not waiting.
    """
    short = run(folder, procs, SHORT)
    work = (run(folder, procs, LONG) - short) / ((LONG - SHORT) * batch * procs)
    with (folder / "x_run" / "metrics.csv").open() as file:
        best = max(float(row["images_per_second"] or 0) for row in csv.DictReader(file))
    return best, 1 / work


@click.command()
@click.option("--procs", default=2, help="How many processes train together.")
@click.option("--batch", default=64, help="batch_size of each process.")
@click.option("--rounds", default=5, help="How often each is measured.")
def main(procs: int, batch: int, rounds: int) -> None:
    """Print images/s of one and of several processes, and the efficiency."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, batch)
        counts = (1, procs)
        found = [[speed(folder, n, batch) for n in counts] for _ in range(rounds)]
    best = [[max(r[n][kind] for r in found) for n in (0, 1)] for kind in (0, 1)]
    for name, (one, many), whole in zip(
        ("images/s", "images per processor second"), best, (procs, 1), strict=True
    ):
        share = many / one / whole
        click.echo(f"{name}: 1 process {one:,.0f}, {procs} processes {many:,.0f}, {share:.0%}")


if __name__ == "__main__":
    main()
