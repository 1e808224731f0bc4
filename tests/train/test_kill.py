"""kill -9 at any moment: the run is resumed and ends bit by bit as if nothing had been."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.train import tiny


@pytest.mark.long
def test_25_kills_and_the_same_weights_every_time(tmp_path: Path, root: Path) -> None:
    solver = tiny.write(tmp_path, more="test_compute_loss: true")
    text = solver.read_text().replace("snapshot: 10", "snapshot: 2")
    solver.write_text(text)
    script = Path(__file__).with_name("kill_runs.py")
    done = subprocess.run(
        [sys.executable, str(script), str(solver), "25"],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("killed 25 times")
