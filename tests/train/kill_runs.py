"""Kills a run again and again and resumes it; run as a script, it prints what came of it.

torch is imported once and each run is forked from here, so that 25 runs take seconds.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

torch.set_num_threads(1)

from caffe2torch.train import metrics, snapshot_files  # noqa: E402
from caffe2torch.train.run import train  # noqa: E402
from caffe2torch.train.settings import Settings  # noqa: E402

metrics.draw = lambda *_: False  # type: ignore[assignment]  the picture costs most of the time


def forked(solver: Path, snapshot: str, out: Path) -> int:
    """Start a run in a process of its own; return its id."""
    process = os.fork()
    if process:
        return process
    try:
        settings = Settings(str(solver), snapshot=snapshot, run_dir=str(out))
        os._exit(train(settings, lambda _line: None))
    finally:
        os._exit(3)


def ended(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def clean(folder: Path) -> None:
    for path in folder.glob("snap_iter_*"):
        path.unlink()


def main(solver: Path, kills: int) -> None:
    folder, final = solver.parent, solver.parent / "snap_iter_30.caffemodel"
    random.seed(4)
    start = time.monotonic()
    assert ended(forked(solver, "", folder / "run")) == 0
    duration, reference = time.monotonic() - start, final.read_bytes()
    resumed = []
    for _ in range(kills):
        clean(folder)
        process = forked(solver, "", folder / "run")
        time.sleep(random.uniform(0.1, 0.95) * duration)
        os.kill(process, signal.SIGKILL)
        ended(process)
        state = snapshot_files.newest([str(folder / "snap")])[0] or ""
        assert ended(forked(solver, state, folder / "run")) == 0
        assert final.read_bytes() == reference, f"differs after {state or 'nothing'}"
        resumed.append(state.rpartition("_iter_")[2].partition(".")[0] or "0")
    sys.stdout.write(f"killed {kills} times, resumed from {sorted(set(resumed), key=int)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
