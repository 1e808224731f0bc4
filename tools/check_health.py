"""Run the monitor over faults, healthy runs, golden solvers and the shipped ones.

    python tools/check_health.py [--golden DIR] [--part faults|healthy|golden|shipped]

Exits 1 where a fault is not seen within 200 iterations, or something is said of a healthy run.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from caffe2torch.data.datasets import digits  # noqa: E402, I001, RUF100
from caffe2torch.data.importers.database import write_images  # noqa: E402, RUF100
from caffe2torch.data.mean import save_mean  # noqa: E402, RUF100
from caffe2torch.format import upgrade  # noqa: E402, RUF100
from caffe2torch.health.monitor import Monitor  # noqa: E402, RUF100
from caffe2torch.train.solver import Solver  # noqa: E402, RUF100
from tools.health.faults import FAULTS  # noqa: E402, RUF100
from tools.health.healthy import HEALTHY  # noqa: E402, RUF100
from tools.health.running import watched  # noqa: E402, RUF100

PARTS = ("faults", "healthy", "golden", "shipped")


@dataclass(frozen=True)
class Row:
    """One run: what was expected, "" for nothing, and what was seen."""

    part: str
    name: str
    expected: str
    seen: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether the fault was seen, or nothing where there is none."""
        return self.expected in self.seen if self.expected else not self.seen


def faults(folder: Path) -> Iterator[Row]:
    """Each fault, in 200 iterations."""
    for i, fault in enumerate(FAULTS):
        monitor = watched(fault.config.write(folder / f"fault{i}"), fault.extras)
        codes = tuple(seen.code for seen in monitor.observations)
        yield Row("faults", f"{fault.code} {fault.name}", fault.code, codes)


def healthy(folder: Path) -> Iterator[Row]:
    """Configs that train."""
    for i, (name, config) in enumerate(HEALTHY.items()):
        monitor = watched(config.write(folder / f"healthy{i}"))
        yield Row("healthy", name, "", tuple(seen.code for seen in monitor.observations))


def golden(folder: Path) -> Iterator[Row]:
    """Solvers that real Caffe has run to their end, at most 40 iterations each."""
    os.chdir(folder)
    for path in sorted(folder.glob("*/solver.prototxt")):
        yield Row("golden", path.parent.name, "", shortened(path, 0))


@dataclass(frozen=True)
class Shipped:
    """A folder of solvers/ in short: images of the digits in its size, and a batch that fits.

    share: of the solver's own batch; the rate is made smaller by it
    """

    name: str
    size: int
    channels: int
    iterations: int
    batch: int = 0
    share: float = 1.0


SHIPPED = [
    Shipped("digits_lenet", 8, 1, 200),
    Shipped("mnist_lenet", 28, 1, 200),
    Shipped("cifar10_quick", 32, 3, 200),
    Shipped("alexnet", 256, 3, 20, 4, 4 / 256),
    Shipped("es_vgg_fixed", 256, 3, 4, 2, 2 / 6),
    Shipped("vgg16", 256, 3, 4, 2, 2 / 256),
]


def shipped(folder: Path) -> Iterator[Row]:
    """The folders of solvers/ that are meant to train, on digits in the size of their images."""
    for case in SHIPPED:
        target = folder / case.name
        shutil.copytree(ROOT / "solvers" / case.name, target)
        text = (target / "train_val.prototxt").read_text()
        write_sources(case, target, text)
        if case.batch:
            text = re_batched(text, case.batch)
            (target / "train_val.prototxt").write_text(text)
        seen = shortened(target / "solver.prototxt", case.iterations, case.share)
        yield Row("shipped", f"{case.name}, {case.iterations} iterations", "", seen)


def write_sources(case: Shipped, folder: Path, text: str) -> None:
    """Write what the data layers of a net name: databases and a mean."""
    import re

    pixels, labels = digits.load()
    count = 1437 if case.size < 100 else 64
    images = np.stack([sized(one[0], case) for one in pixels[:count]])
    for name in sorted(set(re.findall(r'source: "([^"]+)"', text))):
        write_images(folder / name, images, labels[:count], range(count))
    for name in sorted(set(re.findall(r'mean_file: "([^"]+)"', text))):
        save_mean(folder / name, images.astype(np.float64).mean(0).astype(np.float32))


def sized(image: np.ndarray, case: Shipped) -> np.ndarray:
    """Return an image (H, W) enlarged to the size of a case, (C, H, W)."""
    large = cv2.resize(image, (case.size, case.size), interpolation=cv2.INTER_LINEAR)
    return np.repeat(large[None], case.channels, 0)


def re_batched(text: str, batch: int) -> str:
    """Return a net's text with another batch_size."""
    import re

    return re.sub(r"batch_size: \d+", f"batch_size: {batch}", text)


def shortened(path: Path, iterations: int, share: float = 1.0) -> tuple[str, ...]:
    """Return the codes of a run that writes nothing; 0 iterations for the solver's own number."""
    solver = upgrade.read_solver(path)
    param = solver.message
    param.snapshot, param.snapshot_after_train = 0, False
    if share < 1:
        param.base_lr, param.iter_size = param.base_lr * share, 1
    for i in range(len(param.test_iter)):
        param.test_iter[i] = min(param.test_iter[i], 5)
    monitor = Monitor(lambda _: None, "light")
    running = Solver(solver, watchers=[monitor])
    try:
        running.step(iterations or param.max_iter)
    finally:
        running.close()
    return tuple(seen.code for seen in monitor.observations)


def report(rows: list[Row]) -> int:
    """Print the figures; return the exit code."""
    for part in dict.fromkeys(row.part for row in rows):
        mine = [row for row in rows if row.part == part]
        right = sum(row.right for row in mine)
        what = "seen" if part == "faults" else "left alone"
        click.echo(f"{part}: {right}/{len(mine)} {what}")
    codes = Counter(row.expected for row in rows if row.expected and row.right)
    for code, count in sorted(codes.items()):
        click.echo(f"  {code}: {count} ways")
    wrong = [row for row in rows if not row.right]
    for row in wrong:
        click.echo(f"  wrong: {row.part} {row.name}: {', '.join(row.seen) or 'nothing seen'}")
    return int(bool(wrong))


@click.command()
@click.option("--golden", "data", type=click.Path(path_type=Path), default=ROOT / "tests/golden")
@click.option("--part", "wanted", type=click.Choice(PARTS), multiple=True)
def main(data: Path, wanted: tuple[str, ...]) -> None:
    """Run and report."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = {
            "faults": lambda: faults(folder),
            "healthy": lambda: healthy(folder),
            "golden": lambda: golden((data / "solvers").resolve()),
            "shipped": lambda: shipped(folder),
        }
        for part in wanted or PARTS:
            rows += sources[part]()
    sys.exit(report(rows))


if __name__ == "__main__":
    main()
