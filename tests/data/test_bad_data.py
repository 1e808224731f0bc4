"""Data as it should not be: one message each, which names the key, the file or the field."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
from pathlib import Path

import h5py
import lmdb
import numpy as np
import pytest

from caffe2torch.data.importers import database, idx
from caffe2torch.data.lists import labelled
from caffe2torch.errors import DataError, ParseError
from caffe2torch.format.schema import read
from caffe2torch.weights.hdf5_file import ALLOW
from tests.data.one_feed import datum, feed, write

ROOT = Path(__file__).parents[2]


def data(path: str, batch: int = 2) -> str:
    return f'type: "Data" data_param {{ source: "{path}" batch_size: {batch} backend: LMDB }}'


def hdf5(folder: Path, name: str = "a.h5") -> str:
    (folder / "list.txt").write_text(str(folder / name))
    return f'type: "HDF5Data" hdf5_data_param {{ source: "{folder}/list.txt" batch_size: 1 }}'


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e38])
def test_floats_that_are_no_numbers_name_their_record(tmp_path: Path, value: float) -> None:
    good, bad = np.zeros((1, 2, 2), np.float32), np.full((1, 2, 2), value, np.float32)
    source = feed(data(write(tmp_path / "db", [datum(good), datum(bad)])))
    with pytest.raises(DataError, match=r'record "00000001": holds the value (nan|inf|-1e\+38)'):
        source.next_batch()
    source.close()


@pytest.mark.parametrize("value", [np.nan, 1e38])
def test_rows_that_are_no_numbers_name_their_dataset(tmp_path: Path, value: float) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"], file["label"] = np.array([[value]], np.float32), np.zeros(1)
    source = feed(hdf5(tmp_path))
    with pytest.raises(DataError, match=r'a.h5": dataset "data" holds'):
        source.next_batch()


def test_a_shape_beyond_the_memory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", (1 << 40, 4), "float32", chunks=(1024, 4))
        file.create_dataset("label", (1 << 40,), "float32", chunks=(1024,))
    assert (tmp_path / "a.h5").stat().st_size < 10_000
    with pytest.raises(DataError, match=r'"data" 1099511627776x4.* need .*GiB of memory'):
        feed(hdf5(tmp_path))


@pytest.mark.parametrize("kind", ["link", "storage", "virtual"])
def test_datasets_in_other_files_are_refused_unless_allowed(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["data"] = np.ones((2, 1), np.float32)
    np.ones((2, 1), np.float32).tofile(tmp_path / "secret.bin")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["label"] = np.zeros(2)
        if kind == "link":
            file["data"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "data")
        elif kind == "storage":
            file.create_dataset(
                "data", (2, 1), "float32", external=[(str(tmp_path / "secret.bin"), 0, 8)]
            )
        else:
            layout = h5py.VirtualLayout((2, 1), "float32")
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "data", (2, 1))
            file.create_virtual_dataset("data", layout)
    with pytest.raises(DataError, match='dataset "data" lies in another file'):
        feed(hdf5(tmp_path))
    monkeypatch.setenv(ALLOW, "1")
    assert feed(hdf5(tmp_path)).next_batch()[0].tolist() == [[1.0]]


def test_a_source_that_is_itself_an_hdf5_file_is_explained(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = np.zeros(1)
    text = f'type: "HDF5Data" hdf5_data_param {{ source: "{tmp_path}/a.h5" batch_size: 1 }}'
    with pytest.raises(DataError, match="is an HDF5 file → source takes a text file that lists"):
        feed(text)


def test_devices_and_pipes_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in (("/dev/zero", "device"), (str(tmp_path / "pipe"), "named pipe")):
        with pytest.raises(ParseError, match=f"it is a {kind}, not a file"):
            read(path, "NetParameter")
        with pytest.raises(DataError, match=f"it is a {kind}, not a file"):
            labelled(path)
        with pytest.raises(OSError, match=f"it is a {kind}, not a file"):
            idx.read(Path(path))


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = struct.pack(">2I", 0x801, 4) + bytes(50_000_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bomb, 1))
    with pytest.raises(DataError, match="too long: 13 bytes, but"):
        idx.read(tmp_path / "bomb.gz")


def test_a_database_that_another_process_writes_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "db", [datum(np.zeros((1, 2, 2), np.uint8))])
    source = feed(data(path))
    source.next_batch()
    script = (
        "import lmdb, sys\n"
        "with lmdb.open(sys.argv[1], map_size=1 << 24) as db, db.begin(write=True) as t:\n"
        "    t.put(b'new', b'x')\n"
    )
    subprocess.run([sys.executable, "-c", script, path], check=True)
    with pytest.raises(DataError, match="is being written by another process"):
        source.next_batch()
    source.close()


def test_mixed_channels_name_the_cure(tmp_path: Path) -> None:
    shapes = [(1, 2, 2), (3, 2, 2)]
    source = feed(data(write(tmp_path / "db", [datum(np.zeros(s, np.uint8)) for s in shapes])))
    with pytest.raises(DataError, match='"00000001" is 3x2x2.*→ set force_color: true'):
        source.next_batch()
    source.close()


def test_a_full_disk_leaves_nothing_under_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise lmdb.DiskError("mdb_txn_commit: No space left on device")

    monkeypatch.setattr(database, "_put", full)
    with pytest.raises(OSError, match="is the disk full"):
        write(tmp_path / "db", [datum(np.zeros((1, 2, 2), np.uint8))])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="madvise is used on Linux only")
def test_pages_that_were_read_are_let_go_of(tmp_path: Path) -> None:
    """600 MB of records in a process that may not grow by a quarter of that."""
    script = f"""
import resource, sys
import numpy as np
from pathlib import Path
from caffe2torch.data.importers import database
from caffe2torch.data.sources import open_source

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

value = np.random.default_rng(0).bytes(1 << 20)
database.write(Path({str(tmp_path / "db")!r}), ((b"%08d" % i, value) for i in range(600)))
cursor = open_source({str(tmp_path / "db")!r}).cursor()
cursor.take(1)
before, highest = resident(), 0
for _ in range(60):
    _, records = cursor.take(10)
    assert sum(len(bytes(r)) for r in records) == 10 << 20
    highest = max(highest, resident() - before)
cursor.first()
for _ in range(600):
    assert sum(cursor.value[::4096]) > 0
    cursor.step()
    highest = max(highest, resident() - before)
print(highest >> 20)
"""
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=ROOT)
    assert int(run.stdout) < 150
