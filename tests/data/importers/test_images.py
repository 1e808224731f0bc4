"""convert_imageset: the databases of Caffe's own tool, and its messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from caffe2torch.data.datum import decode
from caffe2torch.data.importers.images import Options, convert
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.conftest import GOLDEN
from tools.golden.transform import converted

PART = GOLDEN / "transform"
CASES = [
    case
    for case in json.loads((PART / "index.json").read_text())["convert"]
    if "--backend=leveldb" not in case["args"]
]


@pytest.mark.parametrize("case", CASES, ids=[case["db"] for case in CASES])
def test_equals_caffes_own_database(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PART)
    assert converted(case).problems == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three images of two sizes, the last one broken, and a list of them."""
    for i in range(2):
        Image.new("RGB", (4 + i, 3), (i, 2, 3)).save(tmp_path / f"{i}.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    (tmp_path / "list.txt").write_text("none.png 5\n0.png 1\n1.png 2\nbroken.png 3\n")
    return tmp_path


def run(folder: Path, **flags: Any) -> tuple[list[tuple[bytes, bytes]], list[str]]:
    said: list[str] = []
    convert(f"{folder}/", f"{folder}/list.txt", folder / "db", Options(**flags), said.append)
    source = open_source(str(folder / "db"))
    records = list(source)
    source.close()
    return records, said


def test_unreadable_images_are_skipped_and_keep_their_number(pictures: Path) -> None:
    records, said = run(pictures)
    assert [key for key, _ in records] == [b"00000001_0.png", b"00000002_1.png"]
    assert f"Could not open or find file {pictures}/none.png" in said
    assert f"Could not open or find file {pictures}/broken.png" in said
    assert said[-1] == "Processed 2 files."


def test_shuffling_keeps_names_with_their_labels(pictures: Path) -> None:
    (pictures / "list.txt").write_text("".join(f"0.png {i}\n" for i in range(30)))
    records, said = run(pictures, shuffle=True, seed=4)
    labels = [decode(value)[1] for _, value in records]
    assert sorted(labels) == list(range(30)) != labels
    assert said[0] == "Shuffling data"


def test_check_size_refuses_images_that_differ(pictures: Path) -> None:
    with pytest.raises(DataError, match="1.png.: Incorrect data field size 45, not 36"):
        run(pictures, check_size=True)
    assert not (pictures / "db").exists()


def test_an_unknown_encoding_is_refused(pictures: Path) -> None:
    with pytest.raises(DataError, match='"xyz" is no encoding that can be written'):
        run(pictures, encode_type="xyz")


def test_an_image_without_extension_cannot_be_guessed(pictures: Path) -> None:
    (pictures / "0.png").rename(pictures / "plain")
    (pictures / "list.txt").write_text("plain 1\n")
    said: list[str] = []
    with pytest.raises(DataError, match="no encoding"):
        convert(f"{pictures}/", f"{pictures}/list.txt", pictures / "db", Options(encoded=True),
                said.append)  # fmt: skip
    assert "Failed to guess the encoding of 'plain'" in said
