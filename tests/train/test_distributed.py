"""Several processes: the curve of one with all their batches, and how they end."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import lmdb
import numpy as np
import pytest
import torch

from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.module.build import build
from caffe2torch.train.distributed import by_itself, synchronize
from caffe2torch.weights import read_weights
from tests.train import tiny

NORMED = tiny.NET.replace('"Dropout"', '"ReLU"').replace("mirror: true crop_size: 5", "")
NORMED = NORMED.replace("crop_size: 5", "")
BATCH_NORM = """
state { phase: TRAIN }
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 1 } } }
layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" }
"""
PLAIN = NORMED.replace('"BatchNorm"', '"ReLU"')


def start(root: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "caffe2torch", "train", *map(str, arguments), "--no-lint"],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(root: Path, *arguments: object) -> str:
    process = start(root, *arguments)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return out


def losses(folder: Path) -> list[float]:
    with (folder / "snap_run" / "metrics.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def test_by_itself_a_net_waits_for_nobody() -> None:
    # There is no process group here: whatever asks the others fails.
    net = build(build_graph(upgrade.parse_net(BATCH_NORM)), seed=1)
    x = torch.tensor([[0.0], [2.0]])
    plain = net(x)
    assert synchronize(net) == 1
    with pytest.raises(ValueError, match="process group"):
        net(x)
    with by_itself(net):
        assert torch.equal(net(x), plain)
    with pytest.raises(ValueError, match="process group"):
        net(x)


@pytest.mark.long
@pytest.mark.parametrize("net", ["plain", "sync_bn"])
def test_two_processes_give_the_curve_of_one_with_twice_the_batch(
    tmp_path: Path, root: Path, net: str
) -> None:
    text = PLAIN if net == "plain" else NORMED
    flags = [] if net == "plain" else ["--sync-bn"]
    curves = []
    for batch, procs in ((6, 1), (3, 2)):
        folder = tmp_path / str(procs)
        folder.mkdir()
        path = tiny.write(folder, net=text.replace("batch_size: 6", f"batch_size: {batch}"))
        path.write_text(path.read_text().replace("display: 5", "display: 1"))
        run(root, path, "--procs", procs, *(flags if procs > 1 else []))
        curves.append(losses(folder))
    assert len(curves[0]) == 31
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-5 if net == "plain" else 1e-3)
    if net == "plain":  # again, from a snapshot: the same weights, bit by bit
        last, state = (
            tmp_path / "2" / f"snap_iter_{end}" for end in ("30.caffemodel", "10.solverstate")
        )
        first = last.read_bytes()
        last.unlink()
        run(root, tmp_path / "2" / "solver.prototxt", "--procs", 2, "--snapshot", state)
        assert last.read_bytes() == first


@pytest.mark.long
def test_a_process_that_dies_ends_the_run_and_leaves_the_snapshot(
    tmp_path: Path, root: Path
) -> None:
    path = tiny.write(tmp_path, net=PLAIN)
    process = start(root, path, "--procs", 2, "--max-iter", 10**8)
    state = tmp_path / "snap_iter_10.solverstate"
    while not state.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)
    killed = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert time.monotonic() - killed < 15
    assert err.startswith("process 1 was killed by signal 9")
    assert read_weights(tmp_path / "snap_iter_10.caffemodel")["score"]


@pytest.mark.long
def test_the_error_of_the_process_that_failed_is_shown_first(tmp_path: Path, root: Path) -> None:
    # Process 1 reads the broken record in its second batch; the other waits for it in vain.
    path = tiny.write(tmp_path, net=PLAIN, more="test_initialization: false")
    with (
        lmdb.open(str(tmp_path / "db"), map_size=1 << 22) as database,
        database.begin(write=True) as put,
    ):
        put.put(b"%08d" % 17, b"\xff\xff not a datum")
    process = start(root, path, "--procs", 2)
    _, err = process.communicate(timeout=240)
    assert process.returncode == 1, err
    first = err.splitlines()[:2]
    assert first[0] == "process 1 ended with exit code 1:"
    assert "00000017" in first[1] and "stopped at iteration 1, without a snapshot" in first[1]


@pytest.mark.long
def test_ctrl_c_reaches_all_processes_once(tmp_path: Path, root: Path) -> None:
    path = tiny.write(tmp_path, net=PLAIN)
    process = start(root, path, "--procs", 2, "--max-iter", 10**8)
    while not (tmp_path / "snap_iter_10.solverstate").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert "stopped at iteration" in out and "--procs 2" in out
