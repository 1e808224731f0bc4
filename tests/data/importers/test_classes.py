"""Folders of classes: labels by name, what is refused, and which images are set aside."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from caffe2torch.data.importers.classes import common_size, read_classes, split, val_name
from caffe2torch.errors import DataError


def photo(path: Path, size: tuple[int, int] = (4, 3)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
HOSTILE = {
    "huge.png": PNG[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"")),
    "text.png": PNG + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2_000_000)))
    + chunk(b"IDAT", zlib.compress(bytes(72))),
    "large.ppm": b"P6 2147483647 2147483647 255\n" + bytes(100),
}  # fmt: skip
"""Files whose size Pillow refuses to tell, each by an error of another kind."""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_picture_that_states_an_absurd_size_has_none(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    with pytest.raises(Exception, match="(?i)large|exceeds"):
        Image.open(tmp_path / name)
    assert common_size(tmp_path, [(name, 0)]) is None


def test_labels_follow_the_sorted_names_and_images_may_lie_deeper(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "b/deep/1.png", "a/x.jpg"):
        photo(tmp_path / name)
    (tmp_path / "a" / "notes.txt").write_text("")
    (tmp_path / ".cache").mkdir()
    classes = read_classes(tmp_path)
    assert classes.names == ["a", "b"]
    assert classes.images == [("a/x.jpg", 0), ("b/2.JPG", 1), ("b/deep/1.png", 1)]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (None, "is no folder"),
        ([], "holds 0 sub-folders"),
        (["a/x.jpg"], "holds 1 sub-folders, and a classifier needs two"),
        (["a/x.jpg", "b/notes.txt"], "b holds no images"),
    ],
)
def test_folders_without_two_classes_are_refused(
    tmp_path: Path, names: list[str] | None, says: str
) -> None:
    folder = tmp_path / "photos"
    if names is not None:
        folder.mkdir()
    for name in names or []:
        photo(folder / name) if name.endswith("jpg") else (folder / "b").mkdir()
    with pytest.raises(DataError, match=says):
        read_classes(folder)


IMAGES = [(f"{label}/{i}", label) for label in (0, 1) for i in range(10)] + [("2/0", 2)]


def test_a_share_of_each_class_is_set_aside() -> None:
    train, validate = split(IMAGES, 0.2, seed=1)
    assert sorted([*train, *validate]) == sorted(IMAGES)
    assert sorted(label for _, label in validate) == [0, 0, 1, 1]  # 2 of 10, and none of one
    assert [label for _, label in train] != sorted(label for _, label in train)
    assert split(IMAGES, 0.2, seed=1) == (train, validate) != split(IMAGES, 0.2, seed=2)


@pytest.mark.parametrize(("share", "aside"), [(0, [0, 0, 0]), (0.01, [1, 1, 0]), (1, [9, 9, 0])])
def test_a_class_keeps_one_image_to_train_on(share: float, aside: list[int]) -> None:
    _, validate = split(IMAGES, share, seed=1)
    assert [sum(label == k for _, label in validate) for k in range(3)] == aside


def test_the_common_size_is_height_and_width(tmp_path: Path) -> None:
    photo(tmp_path / "a.png", (4, 3))
    photo(tmp_path / "b.png", (4, 3))
    (tmp_path / "c.png").write_text("broken")
    images = [(f"{name}.png", 0) for name in "abc"]
    assert common_size(tmp_path, images) == (3, 4)
    photo(tmp_path / "b.png", (3, 4))
    assert common_size(tmp_path, images) is None
    assert common_size(tmp_path, images[2:]) is None


def test_the_other_database_is_named_after_the_first() -> None:
    assert [val_name(n) for n in ("train_lmdb", "db")] == ["val_lmdb", "db_val"]
