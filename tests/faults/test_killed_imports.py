"""Imports that are killed: nothing under the final name, and the next run sweeps up after them."""

from __future__ import annotations

import gzip
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from caffe2torch.data.importers import database
from tests.data.one_feed import datum
from tests.faults.test_machine import small_disk  # noqa: F401  a fixture

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys, time
from caffe2torch.data import datum
from caffe2torch.data.importers import database

end = sys.argv.pop(1)

def stop():
    print("half", flush=True)
    if end == "sleep":
        time.sleep(60)
    os.kill(os.getpid(), signal.SIGKILL)

def counted(function):
    calls = []
    def call(*arguments):
        calls.append(0)
        if len(calls) == 12:
            stop()
        return function(*arguments)
    return call

database.BATCH = 1
database._put, datum.parse = counted(database._put), counted(datum.parse)
from caffe2torch import cli
cli.main()
"""
IMAGES = "import images pictures/ list.txt out"
COMMANDS = {
    "images": IMAGES,
    "folder": "import folder classes out --val 20%",
    "idx": "import idx images.gz labels.gz out",
    "npz": "import npz arrays.npz out",
    "copy": "copy db out",
    "shards": "copy db out/%d.tar --shard 2",
    "export": "export-db db out",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with twenty small images in every form that is imported."""
    images = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8), np.uint8)
    for i, image in enumerate(images):
        for name in (f"pictures/{i}.png", f"classes/{'ab'[i % 2]}/{i}.png"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(tmp_path / name), image[0])
    (tmp_path / "list.txt").write_text("".join(f"{i}.png {i}\n" for i in range(20)))
    np.savez(tmp_path / "arrays.npz", data=images, label=np.arange(20))
    for name, head, content in (
        ("images.gz", (0x803, 20, 8, 8), images.tobytes()),
        ("labels.gz", (0x801, 20), bytes(range(20))),
    ):
        (tmp_path / name).write_bytes(gzip.compress(struct.pack(f">{len(head)}I", *head) + content))
    records = (datum(image, i).SerializeToString() for i, image in enumerate(images))
    database.write(tmp_path / "db", ((b"%08d" % i, value) for i, value in enumerate(records)))
    return tmp_path


def start(folder: Path, words: list[str], **more: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, *words], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


def rests(folder: Path) -> list[str]:
    """What was written aside, in the folder and in that of shards."""
    return sorted(p.name for p in (*folder.glob(".*"), *folder.glob("out/.*")))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_next_run_sweeps_up_after_a_killed_one(place: Path, name: str) -> None:
    words = COMMANDS[name].split()
    killed = start(place, ["-c", KILLED, "kill", *words])
    assert killed.communicate()[0] == "half\n"
    assert killed.returncode == -signal.SIGKILL
    assert not [p for p in place.rglob("*") if p.match("out*/*") and ".part" not in str(p)]
    assert rests(place), "a kill cannot be cleaned up after"
    again = start(place, ["-m", "caffe2torch", *words])
    assert again.communicate()[1].count("error") == 0
    assert again.returncode == 0
    assert rests(place) == []
    assert list(place.glob("out*"))


def test_what_a_living_import_writes_is_left_to_it(place: Path) -> None:
    living = start(place, ["-c", KILLED, "sleep", *IMAGES.split()])
    assert living.stdout is not None and living.stdout.readline() == "half\n"
    before = rests(place)
    assert len(before) == 1
    again = start(place, ["-m", "caffe2torch", *IMAGES.split()])
    assert again.communicate()[1].startswith("next: ")
    assert rests(place) == before
    assert living.poll() is None
    assert (place / before[0] / "out" / "data.mdb").exists()
    living.kill()
    living.communicate()
    again = start(place, ["-m", "caffe2torch", *IMAGES.split(), "--force"])
    assert again.communicate()[1].startswith("next: ")
    assert rests(place) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_a_message_and_leaves_nothing(
    place: Path,
    small_disk: Path,  # noqa: F811
    name: str,
) -> None:
    (small_disk / "filling").write_bytes(bytes(3 * 1024 * 1024 - 12 * 1024))
    words = COMMANDS[name].replace(" out", f" {small_disk}/deep/out").split()
    run = start(place, ["-m", "caffe2torch", *words])
    errors = run.communicate()[1]
    assert run.returncode == 1, errors
    assert errors.startswith(f"error: {small_disk}/deep")
    assert "No space left" in errors or "disk full" in errors
    assert errors.count("\n") == 1
    assert [p.name for p in small_disk.iterdir()] == ["filling"]
