"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from caffe2torch.atomic import replacing, replacing_folder, staged, sweep, sync
from caffe2torch.lock import locked


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    with replacing(path) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as aside:
        aside.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_names_the_file_that_the_user_knows(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error, replacing(tmp_path / "absent" / "f") as aside:
        aside.write_text("x")
    assert error.value.filename == str(tmp_path / "absent" / "f")


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    living, dead, held, new, old = (tmp_path / f".s_{n}.state.1.a.part" for n in range(5))
    for part in (living, dead, held, new, old):
        part.mkdir()
    (dead / "lock").write_text("process 1 on elsewhere")
    (held / "lock").touch()  # its process is about to lock it
    os.utime(old, (0, 0))
    other = tmp_path / ".other.state.1.a.part"
    other.mkdir()
    os.utime(other, (0, 0))
    with locked(living / "lock", "it", ""):
        sweep(tmp_path, ".s_")
    assert sorted(tmp_path.iterdir()) == sorted([living, held, new, other])


def folder_of(path: Path, content: str) -> None:
    path.mkdir(parents=True)
    (path / "f").write_text(content)


def test_a_folder_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    folder_of(path, "old")
    with replacing_folder(path) as aside:
        (aside / "f").write_text("new")
        assert (path / "f").read_text() == "old"
    assert (path / "f").read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_a_folder_that_fails_leaves_nothing_not_even_those_above(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(kind), replacing_folder(tmp_path / "a" / "b" / "c") as aside:
        (aside / "f").write_text("half")
        raise kind
    assert [p.name for p in tmp_path.rglob("*")] == ["a"]


def test_what_was_to_be_replaced_comes_back_after_a_kill(tmp_path: Path) -> None:
    """A process that is killed between two renames has left no folder under its name."""
    killed = tmp_path / ".folder.1.a.part"
    folder_of(killed / "old" / "folder", "old")
    folder_of(killed / "folder", "new")
    (killed / "lock").write_text("process 1 on elsewhere")
    with staged(tmp_path / "folder"):
        assert (tmp_path / "folder" / "f").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_folder_that_cannot_take_its_name_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "folder", Path.rename
    folder_of(path, "old")

    def rename(self: Path, target: Path) -> Path:
        if ".part" in self.parent.name and target == path:
            raise OSError(errno.EIO, "broken", str(self))
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="broken") as error, replacing_folder(path) as aside:
        (aside / "f").write_text("new")
    assert error.value.filename == str(path)
    assert (path / "f").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_files_and_folders_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle)))
    (tmp_path / "f").write_text("x")
    sync(tmp_path / "f")
    sync(tmp_path)
    assert len(synced) == 2


@pytest.mark.parametrize(("code", "raised"), [(errno.EINVAL, False), (errno.ENOSPC, True)])
def test_a_disk_that_is_full_is_told_a_file_system_without_sync_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, raised: bool
) -> None:
    def fsync(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)
    if not raised:
        sync(tmp_path)
        return
    with pytest.raises(OSError, match="No space left") as error:
        sync(tmp_path)
    assert error.value.filename == str(tmp_path)


def test_a_link_in_the_place_of_the_file_aside_is_not_followed(tmp_path: Path) -> None:
    path, victim = tmp_path / "f", tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f".f.{os.getpid()}.part").symlink_to(victim)
    with replacing(path) as aside:
        aside.write_text("new")
    assert victim.read_text() == "precious"
    assert path.read_text() == "new"
    assert not path.is_symlink()
