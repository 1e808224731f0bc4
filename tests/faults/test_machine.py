"""Real runs while the machine gives out: a full disk, a reader that leaves, data that goes away."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.importers import database

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
NET = """layer { name: "d" type: "DummyData" top: "data" top: "label" dummy_data_param {
          shape { dim: 4 dim: 200 } shape { dim: 4 }
          data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" } } }
"""
TAIL = """layer { name: "i" type: "InnerProduct" bottom: "data" top: "i"
        inner_product_param { num_output: 500 weight_filler { type: "xavier" } } }
layer { name: "l" type: "SoftmaxWithLoss" bottom: "i" bottom: "label" top: "l" }
"""


def start(folder: Path, solver: str, net: str = NET, **pipes: object) -> subprocess.Popen[str]:
    """A training in a process of its own, in `folder`."""
    (folder / "n.prototxt").write_text(net + TAIL)
    (folder / "s.prototxt").write_text(
        f'net: "n.prototxt" base_lr: 0.01 lr_policy: "fixed" random_seed: 1 solver_mode: CPU '
        f'snapshot_prefix: "s" {solver}'
    )
    here = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **pipes}
    return subprocess.Popen(
        [sys.executable, "-m", "caffe2torch", "train", "s.prototxt", "--no-lint"],
        cwd=folder, env={**os.environ, **here}, text=True, **streams,
    )  # fmt: skip


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a tmpfs cannot be mounted here: {error}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_ends_no_training(small_disk: Path) -> None:
    # A snapshot takes 1.2 MB; the third finds the disk full, and so does the log.
    with start(small_disk, "max_iter: 40 snapshot: 10 display: 5") as run:
        output, _ = run.communicate(timeout=120)
    assert "s_iter_10.solverstate" in output
    assert "cannot be written: No space left on device" in output
    assert "fault of caffe2torch" not in output
    assert "Traceback" not in output
    whole = small_disk / "s_iter_10.caffemodel"
    assert whole.stat().st_size > 400_000  # the good ones are left
    assert not list(small_disk.glob("**/*.part"))
    assert run.returncode in (0, 1)


def test_a_last_snapshot_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    run = start(tmp_path, "max_iter: 20 snapshot: 10", preexec_fn=small_files)
    output, _ = run.communicate(timeout=120)
    assert "no snapshot at iteration 10: ./s_iter_10.caffemodel cannot be written" in output
    assert "error: ./s_iter_20.caffemodel cannot be written: File too large" in output
    assert "stopped at iteration 20, without a snapshot" in output
    assert run.returncode == 1


def test_a_terminated_training_leaves_a_snapshot(tmp_path: Path) -> None:
    with start(tmp_path, "max_iter: 100000 display: 10") as run:
        assert run.stdout is not None
        while "iteration 10/" not in run.stdout.readline():
            pass
        run.terminate()
        output, _ = run.communicate(timeout=120)
    assert run.returncode == 1
    assert "to go on:" in output
    assert list(tmp_path.glob("s_iter_*.caffemodel"))


@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)])
def test_closed_streams_end_no_training(tmp_path: Path, closed: tuple[int, ...]) -> None:
    def close() -> None:
        for descriptor in closed:
            os.close(descriptor)

    run = start(tmp_path, "max_iter: 5 display: 1 snapshot: 5", preexec_fn=close)
    run.communicate(timeout=120)
    assert run.returncode == 0
    assert (tmp_path / "s_iter_5.caffemodel").stat().st_size > 400_000


def test_a_reader_that_leaves_ends_no_training(tmp_path: Path) -> None:
    with start(tmp_path, "max_iter: 300 display: 1", stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()  # as "| head -1" does
        errors = run.stderr.read()
        assert run.wait(timeout=120) == 0, errors
    assert errors == ""
    assert (tmp_path / "s_iter_300.caffemodel").is_file()


def test_an_hdf5_file_that_goes_away_leaves_a_snapshot(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["data"] = np.random.default_rng(0).normal(size=(400, 200)).astype("f4")
            file["label"] = np.zeros(400, "f4")
    (tmp_path / "list").write_text("a.h5\nb.h5\n")
    net = """layer { name: "d" type: "HDF5Data" top: "data" top: "label"
                     hdf5_data_param { source: "list" batch_size: 4 } }"""
    output = spoiled(tmp_path, net, lambda: (tmp_path / "b.h5").unlink())
    assert '"b.h5" does not exist' in output
    assert list(tmp_path.glob("s_iter_*.solverstate"))


def test_a_database_cut_short_is_a_message_with_a_snapshot(tmp_path: Path) -> None:
    record = pb.Datum(channels=1, height=1, width=200, data=os.urandom(200)).SerializeToString()
    database.write(tmp_path / "db", ((b"%08d" % i, record) for i in range(20_000)))
    net = """layer { name: "d" type: "Data" top: "data" top: "label"
                     data_param { source: "db" batch_size: 4 backend: LMDB } }"""
    output = spoiled(tmp_path, net, lambda: os.truncate(tmp_path / "db" / "data.mdb", 200_000))
    assert 'db"' in output
    assert "became shorter" in output or "is missing" in output


def spoiled(folder: Path, net: str, spoil: Callable[[], object]) -> str:
    """What a run writes whose data are spoiled after its first iterations."""
    with start(folder, "max_iter: 100000 display: 1", net) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "iteration 1/" in line:
                break
        spoil()
        output = run.stdout.read()
        assert run.wait(timeout=120) == 1, output
    assert "fault of caffe2torch" not in output
    assert "to go on: c2t train s.prototxt" in output
    return output
