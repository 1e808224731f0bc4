"""Whole folders, upgraded where they stand."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import bulk
from caffe2torch.inspect import kind_of

OLD = 'layers { name: "r" type: RELU bottom: "a" top: "b" }  # mine\n'
NEW = 'layer { name: "r" type: "ReLU" bottom: "a" top: "b" }  # mine\n'


def run(*paths: Path, backup: bool = False) -> dict[str, str]:
    return {o.path.name: o.state for o in bulk.run(paths, kind_of, backup)}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_files_are_told_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "net.txt").write_text(OLD)
    (tmp_path / "new").write_text(NEW)
    (tmp_path / "notes.prototxt").write_text("layers of clouds\n")
    (tmp_path / "empty").touch()
    assert run(tmp_path) == {
        "net.txt": "upgraded", "new": "current", "notes.prototxt": "skipped", "empty": "skipped",
    }  # fmt: skip
    assert (tmp_path / "deep" / "net.txt").read_text() == NEW
    assert run(tmp_path)["net.txt"] == "current"


def test_what_is_current_keeps_its_bytes_and_time(tmp_path: Path) -> None:
    path = tmp_path / "n"
    path.write_bytes(b'layer {  type: "ReLU"\r\n}\t# odd \xff')
    os.utime(path, (1, 1))
    assert run(path) == {"n": "current"}
    assert path.read_bytes() == b'layer {  type: "ReLU"\r\n}\t# odd \xff'
    assert path.stat().st_mtime == 1


def test_a_backup_never_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "n"
    (tmp_path / "n.bak").write_text("precious")
    for number in (1, 2):
        path.write_text(OLD)
        assert run(path, backup=True) == {"n": "upgraded"}
        assert (tmp_path / f"n.bak.{number}").read_text() == OLD
    assert (tmp_path / "n.bak").read_text() == "precious"
    assert names(tmp_path) == {"n", "n.bak", "n.bak.1", "n.bak.2"}


def test_backups_are_not_upgraded_themselves(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(OLD)
    run(tmp_path, backup=True)
    assert run(tmp_path, backup=True) == {"n": "current", "n.bak": "skipped"}
    assert (tmp_path / "n.bak").read_text() == OLD


def test_a_file_that_only_looks_like_a_backup_is_upgraded(tmp_path: Path) -> None:
    (tmp_path / "lonely.bak").write_text(OLD)
    assert run(tmp_path) == {"lonely.bak": "upgraded"}


def test_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "n"
    path.write_text(OLD)
    path.chmod(0o640)
    run(path, backup=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "n.bak").stat().st_mode) == 0o640


def test_a_read_only_file_is_left_and_said(tmp_path: Path) -> None:
    path = tmp_path / "n"
    path.write_text(OLD)
    path.chmod(0o444)
    (outcome,) = bulk.run([path], kind_of)
    assert outcome.state == "failed"
    assert "is read-only → chmod u+w" in outcome.words
    assert path.read_text() == OLD


def test_links_are_followed_to_files_and_stay_links(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "net").write_text(OLD)
    (outside / "other").write_text(OLD)
    (inside / "alias").symlink_to("net")
    (inside / "away").symlink_to(outside / "other")
    (inside / "broken").symlink_to("nowhere")
    (inside / "loop").symlink_to(inside)
    assert run(inside) == {"alias": "upgraded", "away": "skipped", "broken": "skipped"}
    assert (inside / "alias").is_symlink()
    assert (inside / "net").read_text() == NEW
    assert (outside / "other").read_text() == OLD
    assert run(inside / "away") == {"away": "upgraded"}
    assert (inside / "away").is_symlink()
    assert (outside / "other").read_text() == NEW


def test_hidden_folders_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "net").write_text(OLD)
    assert run(tmp_path) == {}


def test_a_failure_does_not_stop_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('layers { name: "x" nam: "y" }')
    (tmp_path / "b").write_text(OLD)
    first, second = bulk.run([tmp_path], kind_of)
    assert (first.state, second.state) == ("failed", "upgraded")
    assert 'did you mean "name"' in first.words


def test_fields_that_are_dropped_are_named(tmp_path: Path) -> None:
    (tmp_path / "n").write_text('layers { layer { name: "r" type: "relu" stride: 2 } top: "b" }')
    (outcome,) = bulk.run([tmp_path], kind_of)
    assert outcome.state == "upgraded"
    assert outcome.problems == ["Unknown parameter stride for layer type relu"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupt_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    path = tmp_path / "n"
    path.write_text(OLD)

    def interrupted(_source: object, _target: object) -> None:
        raise error

    monkeypatch.setattr("shutil.copymode", interrupted)
    try:
        assert run(path, backup=True) == {"n": "failed"}
    except KeyboardInterrupt:
        assert error is KeyboardInterrupt
    assert path.read_text() == OLD
    assert names(tmp_path) == {"n"}


def test_a_missing_path_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(OLD)
    with pytest.raises(C2TError, match="nope does not exist"):
        bulk.run([tmp_path / "n", tmp_path / "nope"], kind_of)
    assert (tmp_path / "n").read_text() == OLD


def test_names_that_are_no_text_are_taken(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/n\xff"))
    try:
        path.write_text(OLD)
    except OSError:
        pytest.skip("this file system takes only text")
    (outcome,) = bulk.run([tmp_path], kind_of)
    assert outcome.state == "upgraded"
    assert path.read_text() == NEW
