"""The folder of a run: where it is, what a new run removes, and where snapshots may go."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import SolverError
from caffe2torch.train.run_folder import fallbacks, folder_of, opened, snapshot_places
from caffe2torch.train.settings import Settings


def param(prefix: Path | str, **fields: object) -> pb.SolverParameter:
    return pb.SolverParameter(snapshot_prefix=str(prefix), **fields)


def test_it_is_beside_the_snapshots_or_where_the_user_says() -> None:
    assert folder_of(Settings("s"), param("a/net")) == Path("a/net_run")
    assert folder_of(Settings("s", run_dir="b"), param("a/net")) == Path("b")


def test_a_new_run_begins_with_an_empty_log_and_one_that_goes_on_adds_to_it(tmp_path: Path) -> None:
    def run(text: str, **options: str) -> None:
        with opened(Settings("s", **options), param(tmp_path / "n"), lambda _: None) as log:
            log("a.cpp:1", text)

    log = tmp_path / "n_run" / "train.log"
    run("first")
    (tmp_path / "n_run" / "curve.png").touch()
    (tmp_path / "n_run" / "notes.txt").touch()  # not ours
    run("second", snapshot="latest")
    assert [line.rpartition(" ")[2] for line in log.read_text().splitlines()] == ["first", "second"]
    run("third")
    assert [line.rpartition(" ")[2] for line in log.read_text().splitlines()] == ["third"]
    assert sorted(p.name for p in log.parent.iterdir()) == ["notes.txt", "train.log"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["n_run"]


def test_without_snapshots_there_is_nothing_to_lock_beside_them(tmp_path: Path) -> None:
    settings, fields = Settings("s", run_dir=str(tmp_path / "r")), {"snapshot_after_train": False}
    with opened(settings, param(tmp_path / "n", **fields), lambda _: None):
        assert sorted(p.name for p in tmp_path.iterdir()) == ["r"]
    with opened(settings, param(tmp_path / "n"), lambda _: None):
        assert sorted(p.name for p in tmp_path.iterdir()) == [".n_iter.lock", "r"]


@pytest.mark.parametrize("in_the_way", ["r", "r/train.log/x"])
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, in_the_way: str) -> None:
    path = tmp_path / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    settings = Settings("s", run_dir=str(tmp_path / "r"), snapshot="latest")
    with (
        pytest.raises(SolverError, match=r"cannot be written: .* → name another one"),
        opened(settings, param(tmp_path / "n"), lambda _: None),
    ):
        pass


def test_a_failure_inside_is_not_one_of_the_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError),
        opened(Settings("s"), param(tmp_path / "n"), lambda _: None),
    ):
        raise FileNotFoundError(2, "No such file", str(tmp_path / "n_run" / "x"))


def test_the_places_of_snapshots() -> None:
    assert snapshot_places(Path("r"), "a/net") == ["a/net", "r/net"]
    assert snapshot_places(Path("a"), "a/net") == ["a/net"]
    first, last = fallbacks(Path("r"), "a/net")
    assert first == "r/net"
    assert last.startswith(f"{tempfile.gettempdir()}/net_")
    assert fallbacks(Path("r"), "a/")[0] == "r/snapshot"
