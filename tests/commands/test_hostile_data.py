"""Data tools on what a user gives them by mistake: one message, exit code 2, nothing written."""

from __future__ import annotations

import gzip
import json
import os
import stat
import struct
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from google.protobuf import text_format
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import replacing, replacing_folder
from caffe2torch.cli import cli
from caffe2torch.data.importers import database
from caffe2torch.data.importers.boxes import label_map
from caffe2torch.data.sources import open_source

PIXELS = np.zeros((2, 3, 4, 4), np.uint8)


def run(line: str) -> Result:
    return CliRunner().invoke(cli, line.split())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures, two folders of classes, a database and arrays, in the working directory."""
    monkeypatch.chdir(tmp_path)
    picture = Image.new("RGB", (5, 4))
    for name in ("p/a.png", "p/with blank.png", "one/a/0.png", "one/b/0.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(name)
    for name in ("bad/a/0.png", "bad/b/0.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("no picture")
    Path("good.txt").write_text("a.png 1\nwith blank.png 2\n")
    Path("notes.txt").write_text("mine")
    record = pb.Datum(channels=1, height=1, width=1, data=b"1").SerializeToString()
    database.write(Path("db"), [(b"0", record)])
    return tmp_path


ARRAYS = {
    "words": (PIXELS, np.array(["a", "b"]), "str32, not labels"),
    "halves": (PIXELS, np.array([1, 0.5]), "0.5 for image 1, which is no label"),
    "nan": (PIXELS, np.array([np.nan, 1]), "nan for image 0"),
    "large": (PIXELS, np.array([2**31, 1]), "2147483648 for image 0"),
    "empty": (PIXELS[:0], np.zeros(0, int), "holds no images"),
    "complex": (PIXELS + 1j, np.arange(2), "complex128, not numbers of pixels"),
    "infinite": (np.full((2, 1, 2, 2), np.inf), np.arange(2), "image 0: an image holds NaN, inf"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_are_no_images_and_labels(place: Path, name: str) -> None:
    images, labels, message = ARRAYS[name]
    np.savez("arrays.npz", data=images, label=labels)
    result = run("import npz arrays.npz out")
    assert (result.exit_code, result.output.count("error:")) == (2, 1)
    assert message in result.output
    assert not list(place.glob("*out*"))


def test_labels_that_are_whole_floats_are_labels(place: Path) -> None:
    np.savez("arrays.npz", data=PIXELS, label=np.array([-1.0, 2.0**31 - 1]))
    result = run("import npz arrays.npz out")
    assert (result.exit_code, "labels -1..2147483647" in result.output) == (0, True)


LISTS = {
    "too large": (b"a.png 1\na.png 99999999999999999999\n", 'line 2: the label 999'),
    "UTF-16": ("a.png 1\n".encode("utf-16"), "is text in UTF-16 → save it as UTF-8"),
    "a picture": (b"\xff\xd8\xff\xe0\0\x10JFIF", "is no text: it holds bytes of 0"),
    "no file of it": (b"x.png 1\n", "none of the 1 image of list.txt could be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_name_no_pictures(place: Path, name: str) -> None:
    content, message = LISTS[name]
    Path("list.txt").write_bytes(content)
    result = run("import images p/ list.txt out")
    assert (result.exit_code, result.output.count("error:")) == (2, 1)
    assert message in result.output
    assert not list(place.glob("*out*"))


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfa.png -1\nwith blank.png 2\n", b"a.png -1\r\nwith blank.png 2\r\n"],
    ids=["BOM", "CRLF"],
)
def test_lists_of_other_systems_are_read(place: Path, content: bytes) -> None:
    Path("list.txt").write_bytes(content)
    result = run("import images p/ list.txt out")
    assert (result.exit_code, "2 records of 3x4x5, labels -1..2" in result.output) == (0, True)
    source = open_source("out")
    assert [key for key, _ in source] == [b"00000000_a.png", b"00000001_with blank.png"]
    source.close()


WORDS = {
    "import images p good.txt out": 'none of the 2 images of good.txt could be read → "p" is put',
    "import folder bad out": "none of the 2 images for out can be read: Could not open",
    "import folder one out --val 50%": "no class has two images, one to train and one to validate",
    "import folder one out --size -3": "-3 is not in the range",
    "import folder one out --size 99999": "99,999 pixels a side → at most 16,384 fit a record",
    "copy db out --resize 99999x2": "99,999 pixels a side",
    "copy db out/%d.tar --shard 0": "0 is not in the range",
    "export-db db out --labels p/a.png": "p/a.png is no text, and should name classes",
    "quickstart out --from one --finetune missing.caffemodel": "missing.caffemodel: No such file",
    "stats db --sheet notes.txt": "a file of another kind is there already",
    "import cifar10 notes.txt out": "neither a folder nor an archive",
    "import coco notes.txt p out": "no JSON: Expecting value",
    "import images p/ good.txt p --force": "holds more than what would be written",
}


@pytest.mark.parametrize("line", WORDS)
def test_one_message_and_nothing_written(place: Path, line: str) -> None:
    before = sorted(place.rglob("*"))
    result = run(line)
    assert result.exit_code == 2
    assert result.output.lower().count("error:") == 1
    assert WORDS[line] in " ".join(result.output.split())
    assert sorted(place.rglob("*")) == before
    assert Path("notes.txt").read_text() == "mine"


def test_an_idx_file_takes_no_more_memory_than_it_unpacks_to(place: Path) -> None:
    """86 bytes that say 32 GiB of images; memory for these was asked for at once."""
    head = struct.pack(">4I", 0x803, 2**31, 4, 4)
    Path("i.gz").write_bytes(gzip.compress(head + bytes(70)))
    Path("l.gz").write_bytes(gzip.compress(struct.pack(">2I", 0x801, 5) + bytes(5)))
    result = run("import idx i.gz l.gz out")
    assert result.exit_code == 2
    assert "i.gz: cut off: 86 bytes, but (2147483648, 4, 4) needs 34,359,738,384" in result.output


def test_names_of_classes_stay_inside_their_quotes(place: Path) -> None:
    names = ['a"\n}\nitem { name: "b', "back\\slash", "ünï"]
    parsed = pb.LabelMap()
    text_format.Parse(label_map(names), parsed)
    assert [item.name for item in parsed.item] == ["none_of_the_above", *names]
    Path("c.json").write_text(json.dumps({"categories": []}))
    assert "'images' is missing" in run("import coco c.json p out").output


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFIFO])
def test_devices_and_pipes_are_never_replaced(tmp_path: Path, kind: int) -> None:
    """Root may write beside /dev/null, and so could put a file in its place."""
    path = tmp_path / "null"
    try:
        os.mknod(path, kind | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    with pytest.raises(OSError, match="it is a device or pipe, not a file"), replacing(path):
        pass
    with pytest.raises(OSError, match="it is a device or pipe, not a file"), replacing_folder(path):
        pass
    assert stat.S_IFMT(path.stat().st_mode) == kind
    assert [p.name for p in tmp_path.iterdir()] == ["null"]
