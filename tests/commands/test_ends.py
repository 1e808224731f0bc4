"""Ctrl-C and a full disk while a command writes: one message, the right exit code, nothing left.

Whatever a command writes goes into a folder of its own: on a full disk, or with Ctrl-C at the
first write and again at the moment in which the result gets its name. A training handles both
itself: tests/train/test_signals.py, tests/faults/test_machine.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from caffe2torch.cli import cli
from caffe2torch.weights import write_mean
from tests.commands.test_manners import ALL, IDS, flags
from tests.train import tiny

DEPLOY = """
name: "tiny"
layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 1 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "d" top: "c"
  convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "ip" type: "InnerProduct" bottom: "c" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""
OLD = 'layers { name: "r" type: RELU bottom: "x" top: "y" }\n'
LOG = "".join(
    f"I0101 00:00:0{i}.000000 1 solver.cpp:218] Iteration {i} (1 iter/s, 1s/1 iters), loss = 2\n"
    for i in range(3)
)
VOC = """<annotation><size><width>8</width><height>8</height></size><object><name>cat</name>
<difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>
</object></annotation>"""
COCO = {
    "images": [{"id": 1, "file_name": "a.png", "width": 8, "height": 8}],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "iscrowd": 0}],
}
# What each command is given; OUT is the folder that it writes to.
WRITES = {
    "cifar10": "import cifar10 cifar.tar OUT/c",
    "coco": "import coco coco.json photos/cat OUT/db",
    "convert": "convert deploy.prototxt --to python,safetensors,caffemodel,prototxt -o OUT/n",
    "convert onnx": "convert deploy.prototxt -o OUT/n.onnx",
    "copy": "copy db OUT/new --resize 4x4",
    "digits": "import digits OUT/digits",
    "draw svg": "draw deploy.prototxt -o OUT/n.svg",
    "draw html": "draw deploy.prototxt -o OUT/n.html",
    "draw png": "draw deploy.prototxt -o OUT/n.png",
    "export-db": "export-db db OUT/pictures",
    "extract npz": "extract deploy.prototxt --weights w.caffemodel db --blob ip -o OUT/e.npz",
    "extract h5": "extract deploy.prototxt --weights w.caffemodel db --blob ip -o OUT/e.h5",
    "extract lmdb": "extract deploy.prototxt --weights w.caffemodel db --blob ip -o OUT/e.lmdb",
    "folder": "import folder photos OUT/db",
    "hdf5": "import hdf5 a.h5 OUT/db",
    "idx": "import idx images.idx labels.idx OUT/db",
    "images": "import images photos/ list.txt OUT/db",
    "inspect": "inspect solver.prototxt -o OUT/rate.png",
    "layers": "layers --new Foo -o OUT/foo",
    "lint": "lint net.prototxt --exit-zero --write-baseline OUT/known.json",
    "lint --fix": "lint OUT/wrong.prototxt --exit-zero --fix --unsafe-fixes",
    "lr-find": "lr-find solver.prototxt --iterations 10 -o OUT/lr.png",
    "mean": "mean db -o OUT/mean.binaryproto",
    "mean npy": "mean db -o OUT/mean.npy",
    "npz": "import npz a.npz OUT/db",
    "parse-log": "parse-log caffe.log -o OUT/csv",
    "parse-log --report": "parse-log caffe.log --report OUT/report.html",
    "quickstart": "quickstart OUT/demo",
    "quickstart --from": "quickstart OUT/demo --from photos --net mnist_lenet",
    "report": "report caffe.log -o OUT/report.html",
    "rescale": "rescale OUT/net.prototxt --scale 1",
    "rescale-mean": "rescale-mean mean.binaryproto -o OUT/new.binaryproto",
    "signal": "signal solver.prototxt -o OUT/signal.png",
    "stats": "stats db -o OUT/sheet.png",
    "upgrade": "upgrade net old.prototxt OUT/new.prototxt",
    "upgrade --in-place": "upgrade OUT/old.prototxt --in-place --backup",
    "voc": "import voc voc trainval OUT/db",
}
# Plots, which take seconds: each in one of the tests.
ONCE = {
    "draw png": "full",
    "inspect": "full",
    "lr-find": "name",
    "signal": "name",
    "stats": "write",
}
FULL, WRITE, NAME = (
    [key for key in WRITES if ONCE.get(key, test) == test] for test in ("full", "write", "name")
)
# Commands that write nothing but what they print.
READS = {
    "diff-weights": "diff-weights w.caffemodel w.caffemodel",
    "predict": "predict deploy.prototxt --weights w.caffemodel photos/cat/a.png",
    "test": "test net.prototxt --weights w.caffemodel --iterations 1",
    "time": "time deploy.prototxt --iterations 1",
    "verify": "verify deploy.prototxt --against w.caffemodel", "watch": "watch run --every 0.1",
}  # fmt: skip
# Why a command stands in neither table.
OTHERS = {
    "check": "reads as stats does", "completion": "prints a constant",
    "devices": "prints at once", "explain": "prints at once",
    "rules": "prints at once", "run": "the program's own matter", "torchvision": "as the imports",
    "probe": "trains as train does, and writes as report does",
    "train": "tests/train/test_signals.py and tests/faults/test_machine.py",
}  # fmt: skip


def run(words: str, out: Path | str = "out") -> Result:
    return CliRunner().invoke(cli, words.replace("OUT", str(out)).split())


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with something for every command to read; `out` is what is there before."""
    folder = tmp_path_factory.mktemp("ends")
    tiny.write(folder)
    (folder / "deploy.prototxt").write_text(DEPLOY)
    (folder / "old.prototxt").write_text(OLD)
    (folder / "caffe.log").write_text(LOG)
    images = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8)
    write_mean(folder / "mean.binaryproto", np.ones((1, 8, 8), np.float32))
    with h5py.File(folder / "a.h5", "w") as file:
        file["data"], file["label"] = images[:, None], np.arange(4)
    np.savez(folder / "a.npz", data=images[:, None], label=np.arange(4))
    head = struct.pack(">IIII", 0x803, 4, 8, 8)
    (folder / "images.idx").write_bytes(head + images.tobytes())
    (folder / "labels.idx").write_bytes(struct.pack(">II", 0x801, 4) + bytes(4))
    for name in ("cat", "dog"):
        (folder / "photos" / name).mkdir(parents=True)
        for i in range(2):
            place = folder / "photos" / name / f"{'ab'[i]}.png"
            Image.fromarray(np.stack([images[i]] * 3, 2)).save(place)
    (folder / "list.txt").write_text("cat/a.png 0\ndog/a.png 1\n")
    (folder / "coco.json").write_text(json.dumps(COCO))
    for name in ("Annotations", "ImageSets/Main", "JPEGImages"):
        (folder / "voc" / name).mkdir(parents=True)
    (folder / "voc/Annotations/a.xml").write_text(VOC)
    (folder / "voc/ImageSets/Main/trainval.txt").write_text("a\n")
    Image.fromarray(images[0]).save(folder / "voc/JPEGImages/a.jpg")
    with tarfile.open(folder / "cifar.tar", "w") as archive:
        (folder / "batch").write_bytes(bytes(1 + 3 * 32 * 32))
        for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
            archive.add(folder / "batch", f"{name}.bin")
    (folder / "out").mkdir()
    for name in ("net.prototxt", "old.prototxt"):
        shutil.copy(folder / name, folder / "out" / name)
    wrong = (folder / "net.prototxt").read_text().replace('"xavier"', '"gaussian"')
    (folder / "out/wrong.prototxt").write_text(wrong)
    done = run(f"convert {folder / 'deploy.prototxt'} --to caffemodel -o {folder / 'converted'}")
    assert done.exit_code == 0, done.output
    shutil.copy(next((folder / "converted").glob("*.caffemodel")), folder / "w.caffemodel")
    (folder / "run").mkdir()
    (folder / "run/train.log").write_text(LOG)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Every file and folder below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"folder"
            for path in folder.rglob("*") if path.name != "filler"}  # fmt: skip


def test_the_tables_name_every_command_that_writes() -> None:
    named = {key.partition(" ")[0] for key in WRITES} | READS.keys() | OTHERS.keys()
    writing = {name for name, command in ALL if "-o" in flags(command)}
    assert writing <= named <= set(IDS)


@pytest.fixture(scope="module")
def full_disk(given: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder `out` on a file system that has no byte left."""
    place = tmp_path_factory.mktemp("full")
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a tmpfs cannot be mounted here: {error}")
    shutil.copytree(given / "out", place, dirs_exist_ok=True)
    with (place / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)  # h5py leaves a file open


@pytest.mark.parametrize("key", FULL)
def test_a_full_disk(
    given: Path, full_disk: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.chdir(given)
    before = content(full_disk)
    result = run(WRITES[key], full_disk)
    assert result.exit_code == 1, result.output
    (line,) = [line for line in result.stderr.splitlines() if re.match("error|failed", line)]
    assert "No space left on device" in line
    assert str(full_disk) in line, "the message names what could not be written"
    assert ".part" not in line
    assert "fault of caffe2torch" not in result.stderr
    assert content(full_disk) == before


class Interrupt:
    """Raises KeyboardInterrupt, as Ctrl-C does, at an event of Python's below a folder."""

    def __init__(self) -> None:
        self.folder, self.events, self.left = "\0", frozenset[str](), 0
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if self.left and event in self.events and self.is_below(event, args):
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    def is_below(self, event: str, args: tuple[object, ...]) -> bool:
        if event == "open" and not isinstance(args[2], int):
            return False
        writes = event != "open" or int(str(args[2])) & (os.O_WRONLY | os.O_RDWR)
        wanted = bool(writes) or self.events == {"open"}
        return wanted and str(args[0]).startswith(self.folder)


INTERRUPT = Interrupt()


@pytest.mark.parametrize(
    ("events", "key"),
    [("open os.mkdir os.rename", key) for key in WRITE] + [("os.rename", key) for key in NAME],
)
def test_ctrl_c_while_writing(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, events: str
) -> None:
    monkeypatch.chdir(given)
    out = tmp_path / "out"
    shutil.copytree(given / "out", out)
    before = content(out)
    monkeypatch.setattr(INTERRUPT, "folder", str(out))
    monkeypatch.setattr(INTERRUPT, "events", frozenset(events.split()))
    monkeypatch.setattr(INTERRUPT, "left", 1)
    result = run(WRITES[key], out)
    assert INTERRUPT.left == 0, f"it writes nothing: {result.output}"
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "interrupted"
    assert "Traceback" not in result.output
    assert content(out) == before


@pytest.mark.parametrize("key", READS)
def test_ctrl_c_while_reading(given: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.chdir(given)
    before = content(given)
    monkeypatch.setattr(INTERRUPT, "folder", READS[key].split()[1])
    monkeypatch.setattr(INTERRUPT, "events", frozenset({"open"}))
    monkeypatch.setattr(INTERRUPT, "left", 1)
    result = run(READS[key])
    assert INTERRUPT.left == 0, f"it reads nothing: {result.output}"
    assert (result.exit_code, result.stderr.strip()) == (1, "interrupted")
    assert content(given) == before
