"""The files of snapshots: their names, and which is the newest."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.train import snapshot_files


def test_latest_is_the_highest_iteration_not_the_last_name(tmp_path: Path) -> None:
    for name in ("a_iter_9.solverstate", "a_iter_100.solverstate.h5", "a_iter_x.solverstate"):
        (tmp_path / name).touch()
    assert snapshot_files.latest(str(tmp_path / "a")) == str(tmp_path / "a_iter_100.solverstate.h5")
    assert snapshot_files.latest(str(tmp_path / "b")) is None


def test_names_are_caffes() -> None:
    names = snapshot_files.Names.at("dir/net", 5, True)
    assert (names.model, names.state) == (
        "dir/net_iter_5.caffemodel.h5",
        "dir/net_iter_5.solverstate.h5",
    )
