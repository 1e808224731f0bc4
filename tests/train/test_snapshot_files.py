"""The files of snapshots: their names, which is the newest whole one, and what is swept up."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.errors import C2TError
from caffe2torch.train import snapshot_files
from caffe2torch.train.snapshot_files import check_whole, listed, newest, remove
from caffe2torch.weights import SolverState, write_caffemodel_h5, write_solverstate
from tests.train import tiny


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the snapshots 10 and 20 of a run, whose folder is gone."""
    folder = tmp_path_factory.mktemp("run")
    solver = tiny.solver(tiny.write(folder), max_iter=20)
    solver.solve()
    solver.close()
    files = {path.name: path.read_bytes() for path in folder.glob("snap_iter_*")}
    shutil.rmtree(folder)
    return files


@pytest.fixture
def folder(run: dict[str, bytes], tmp_path: Path) -> Path:
    """A folder with these files, to be damaged."""
    for name, data in run.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_names_are_caffes() -> None:
    names = snapshot_files.Names.at("dir/net", 5, True)
    assert (names.model, names.state) == (
        "dir/net_iter_5.caffemodel.h5",
        "dir/net_iter_5.solverstate.h5",
    )


def test_the_newest_has_the_highest_iteration_not_the_last_name(tmp_path: Path) -> None:
    names = ("a_iter_9.solverstate", "a_iter_100.solverstate.h5", "a_iter_20.solverstate")
    for name in (
        *names,
        "a_iter_x.solverstate",
        "a_iter_\u00b2.solverstate",
        "ab_iter_7.solverstate",
    ):
        (tmp_path / name).touch()
    assert listed(str(tmp_path / "a")) == [
        (100, str(tmp_path / "a_iter_100.solverstate.h5")),
        (20, str(tmp_path / "a_iter_20.solverstate")),
        (9, str(tmp_path / "a_iter_9.solverstate")),
    ]
    assert listed(str(tmp_path / "b")) == listed(str(tmp_path / "absent" / "a")) == []


@pytest.mark.parametrize("name", ["a[1]*", "a?", "a.b", "a+(b"])
def test_a_prefix_is_no_pattern(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}_iter_3.solverstate").touch()
    (tmp_path / "a1x_iter_4.solverstate").touch()
    assert [n for n, _ in listed(str(tmp_path / name))] == [3]


def test_a_prefix_may_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "_iter_3.solverstate").touch()
    assert listed(f"{tmp_path}/") == [(3, f"{tmp_path}/_iter_3.solverstate")]


def test_the_newest_of_a_good_run_is_the_last(folder: Path) -> None:
    assert newest([str(folder / "snap")]) == (str(folder / "snap_iter_20.solverstate"), [])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f: os.truncate(f / "snap_iter_20.caffemodel", 500), "its checksum differs"),
        (lambda f: flip(f / "snap_iter_20.caffemodel"), "its checksum differs"),
        (lambda f: (f / "snap_iter_20.caffemodel").unlink(), "which are gone"),
        (lambda f: os.truncate(f / "snap_iter_20.solverstate", 0), ""),
        (lambda f: os.truncate(f / "snap_iter_20.c2tstate", 100), "cannot be read"),
    ],
    ids=["model cut", "bits flipped", "model gone", "state empty", "sidecar cut"],
)
def test_a_damaged_one_is_skipped_with_the_reason(folder: Path, damage, reason: str) -> None:
    damage(folder)
    path, skipped = newest([str(folder / "snap")])
    assert path == str(folder / "snap_iter_10.solverstate")
    (text,) = skipped
    assert text.startswith(f"skipped {folder}/snap_iter_20.solverstate: ") and reason in text


def test_if_none_is_whole_all_are_told(folder: Path) -> None:
    for model in folder.glob("*.caffemodel"):
        model.unlink()
    path, skipped = newest([str(folder / "snap")])
    assert path is None
    assert len(skipped) == 2


def test_the_newest_of_several_places(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for path in folder.glob("snap_iter_20.*"):
        path.rename(other / path.name)
    places = [str(folder / "snap"), str(other / "snap")]
    assert newest(places)[0] == str(other / "snap_iter_20.solverstate")


def test_caffes_own_are_whole_if_their_weights_can_be_read(tmp_path: Path) -> None:
    model, state = tmp_path / "c_iter_5.caffemodel.h5", tmp_path / "c_iter_5.solverstate"
    write_caffemodel_h5(model, {"ip": [np.ones((2, 2), np.float32)]})
    write_solverstate(state, SolverState(5, str(model), 0, [np.zeros(4)]))
    check_whole(str(state))
    os.truncate(model, 300)
    with pytest.raises(C2TError):
        check_whole(str(state))


def test_a_checksum_is_size_and_crc(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc" * 1_000_000)
    expected = 3_000_000, zlib.crc32(b"abc" * 1_000_000)
    assert snapshot_files.checksum(tmp_path / "f") == expected


def test_removing_leaves_the_others(folder: Path) -> None:
    remove(str(folder / "snap_iter_10.solverstate"))
    assert sorted(path.name for path in folder.iterdir()) == [
        "snap_iter_20.c2tstate",
        "snap_iter_20.caffemodel",
        "snap_iter_20.solverstate",
    ]


def test_files_are_on_the_disk_before_they_have_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    rename, fsync = Path.replace, snapshot_files.sync

    def replace(self: Path, target: object) -> Path:
        events.append(f"rename {self.suffix}")
        return rename(self, target)

    def sync(path: Path) -> None:
        events.append(f"sync {path.suffix}")
        fsync(path)

    solver = tiny.solver(tiny.write(tmp_path), snapshot=0)
    solver.step(1)
    monkeypatch.setattr(snapshot_files, "sync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    solver.snapshot()
    solver.close()
    ends = [".caffemodel", ".solverstate", ".c2tstate"]
    assert events[-7:-4] == [f"sync {end}" for end in ends]
    assert events[-4:-1] == [f"rename {ends[k]}" for k in (0, 2, 1)]
    assert events[-1] == "sync "  # the folder
