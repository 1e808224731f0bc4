"""One run in one place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caffe2torch.errors import SolverError
from caffe2torch.lock import is_locked, locked

HOLD = """
import sys, time
from pathlib import Path
from caffe2torch.lock import locked
with locked(Path(sys.argv[1]), "it", ""):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_refused_with_the_first_named(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, "the run folder x", "name another"):
        with (
            pytest.raises(SolverError) as refused,
            locked(path, "the run folder x", "name another"),
        ):
            pass
        assert is_locked(path)
    text = str(refused.value)
    assert text.startswith(f"the run folder x is in use by process {os.getpid()} on ")
    assert text.endswith(" → name another")
    assert not path.exists()
    with locked(path, "", ""):
        pass


def test_a_lock_ends_with_its_process_though_its_file_stays(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(SolverError, match=f"process {holder.pid} on"), locked(path, "it", ""):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert path.exists() and not is_locked(path)
    with locked(path, "it", ""):
        assert is_locked(path)


def test_a_file_that_is_no_lock_is_none(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("process 1 on elsewhere")
    with locked(tmp_path / "lock", "it", ""):
        assert (tmp_path / "lock").read_text().startswith(f"process {os.getpid()} on ")
    with pytest.raises(FileNotFoundError):
        is_locked(tmp_path / "lock")


@pytest.mark.parametrize("kind", ["link", "hard link", "text", "folder", "pipe", "device"])
def test_what_is_no_lock_file_is_left_alone(kind: str, tmp_path: Path) -> None:
    victim, path = tmp_path / "v.txt", tmp_path / "lock"
    victim.write_text("precious")
    make = {
        "link": lambda: path.symlink_to(victim),
        "hard link": lambda: path.hardlink_to(victim),
        "text": lambda: path.write_text("precious"),
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/null"),
    }
    make[kind]()
    refused = pytest.raises(SolverError, match="is not the lock file of a run → remove it")
    with refused, locked(path, "", ""):
        pass
    assert victim.read_text() == "precious"
    assert os.path.lexists(path)
    assert kind != "text" or path.read_text() == "precious"


def test_a_lock_file_that_a_killed_process_left_is_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for left in ("", "process 1 on elsewhere\n"):
        path.write_text(left)
        with locked(path, "", ""):
            assert path.read_text().startswith(f"process {os.getpid()} on ")
