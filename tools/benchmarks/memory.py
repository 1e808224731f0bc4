"""The largest resident memory of a process that trains, against one that trains by hand."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.benchmarks.nets import NETS
from tools.benchmarks.pairs import Ratio
from tools.benchmarks.train import write_solver

ROOT = Path(__file__).parents[2]
OURS = """
import resource, sys
from caffe2torch.format.upgrade import read_solver
from caffe2torch.train.solver import Solver
Solver(read_solver(sys.argv[1])).step(3)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
THEIRS = """
import resource, sys
from tools.benchmarks.nets import handwritten
from tools.benchmarks.train import torch_steps
shape = tuple(int(n) for n in sys.argv[2].split("x"))
torch_steps(handwritten(sys.argv[1]), shape, 3, channels_last=False)()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
SHAPES = {"AlexNet": "3x227x227", "GoogLeNet": "3x224x224", "ResNet-50": "3x224x224",
          "VGG-16": "3x224x224"}  # fmt: skip


def peak(program: str, *arguments: str) -> float:
    """MB that a program held at most."""
    command = [sys.executable, "-c", program, *arguments]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return int(output.split()[-1]) / 1024


def measure() -> Iterator[Ratio]:
    for name, shape in SHAPES.items():
        batch = NETS[name][0]
        with tempfile.TemporaryDirectory(prefix="c2t-bench-") as folder:
            ours = peak(OURS, str(write_solver(name, batch, Path(folder))))
        theirs = peak(THEIRS, name, f"{batch}x{shape}")
        title = f"{name}, memory of training with batch {batch}"
        yield Ratio(title, ours, theirs, ours / theirs, 1.0, "hand-written PyTorch", "MB")
