"""Real Caffe beside us, where CAFFE_ROOT names its folder.

CAFFE_PYTHON is the command that runs a script with pycaffe (default: python3).
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

STEPS = """
import sys, caffe
solver = caffe.SGDSolver(sys.argv[1])
for line in sys.stdin:
    solver.step(int(line))
    print("done", flush=True)
"""


def start(script: str, folder: Path, *arguments: str) -> subprocess.Popen[str] | None:
    """Start a script with pycaffe that answers line by line; None without a Caffe."""
    root = os.environ.get("CAFFE_ROOT")
    if not root:
        return None
    (folder / "program.py").write_text(script)
    command = shlex.split(os.environ.get("CAFFE_PYTHON", "python3"))
    return subprocess.Popen(
        [*command, str(folder / "program.py"), *arguments],
        env=os.environ | {"PYTHONPATH": f"{root}/python", "GLOG_minloglevel": "2"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def ask(process: subprocess.Popen[str], question: str) -> str:
    """Write a line and wait for the answer."""
    assert process.stdin and process.stdout
    process.stdin.write(question + "\n")
    process.stdin.flush()
    return process.stdout.readline()


def answers(process: subprocess.Popen[str], question: str) -> Callable[[], None]:
    """What asks real Caffe and waits until it has done what was asked."""

    def run() -> None:
        if not ask(process, question):
            raise RuntimeError("real Caffe ended; run its command by hand to see why")

    return run


def caffe_steps(solver: Path, steps: int) -> Callable[[], None] | None:
    """What runs some training steps in real Caffe; None without one."""
    process = start(STEPS, solver.parent, str(solver))
    return answers(process, str(steps)) if process else None
