"""VOCSegDataLayer: images and their classes of a folder as PASCAL VOC has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data import feeds, probe
from caffe2torch.data.feeds.base import LayerFeed, SourceSite
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import layer

MEAN = "'mean': (1, 2, 3)"


def write(folder: Path, name: str, size: tuple[int, int], number: int) -> None:
    """A plain picture of red 10, green 20 and blue 30, and classes: `number`, 255 in a corner."""
    pixels = np.empty((*size, 3), np.uint8)
    pixels[:] = (10, 20, 30)
    Image.fromarray(pixels).save(folder / "JPEGImages" / f"{name}.jpg", quality=100)
    classes = np.full(size, number, np.uint8)
    classes[0, 0] = 255
    image = Image.fromarray(classes, "P")
    image.putpalette([value for i in range(256) for value in (i, 255 - i, i // 2)])
    image.save(folder / "SegmentationClass" / f"{name}.png")


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    folder = tmp_path / "VOC2011"
    for part in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / part).mkdir(parents=True)
    for split in ("train", "val"):
        (folder / f"ImageSets/Segmentation/{split}.txt").write_text("a\nb\n")
    (folder / "ImageSets/Segmentation/empty.txt").write_text("\n")
    write(folder, "a", (4, 6), 7)
    write(folder, "b", (8, 2), 9)
    return tmp_path


def text(param: str, tops: str = "data label") -> str:
    named = " ".join(f'top: "{top}"' for top in tops.split())
    return (
        f'type: "Python" {named} python_param {{ module: "voc_layers" layer: "VOCSegDataLayer" '
        f'param_str: "{{{param}}}" }}'
    )


def opened(voc: Path, param: str) -> LayerFeed:
    made = layer(text(f"'voc_dir': 'VOC2011', {param}"))
    return feeds.find("VOCSegDataLayer")(SourceSite("l", made, True, str(voc)))


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated:DeprecationWarning")
def test_a_split_without_train_comes_in_its_order_and_again(voc: Path) -> None:
    feed = opened(voc, f"'split': 'val', {MEAN}")
    shapes = [feed.next_batch()[0].shape for _ in range(3)]
    assert shapes == [(1, 3, 4, 6), (1, 3, 8, 2), (1, 3, 4, 6)]
    image, classes = feed.next_batch()
    assert classes.shape == (1, 1, 8, 2)
    assert classes[0, 0, 0].tolist() == [255, 9]
    assert np.unique(classes[0, 0, 1:]).tolist() == [9]
    wanted = np.array([30 - 1, 20 - 2, 10 - 3])  # blue, green, red
    np.testing.assert_allclose(image.mean((0, 2, 3)), wanted, atol=2)


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated:DeprecationWarning")
def test_a_training_split_comes_at_random_unless_it_says_otherwise(voc: Path) -> None:
    heights = {len(opened(voc, "'split': 'train'").next_batch()[0][0, 0])}
    feed = opened(voc, f"'split': 'train', {MEAN}")
    order = [feed.next_batch()[0].shape[2] for _ in range(40)]
    assert set(order) == {4, 8} and heights <= {4, 8}
    assert order != [4, 8] * 20
    again = opened(voc, f"'split': 'train', {MEAN}")
    again.restore({"batch": 20})
    assert [again.next_batch()[0].shape[2] for _ in range(20)] == order[20:]
    plain = opened(voc, "'split': 'train', 'randomize': False")
    assert [plain.next_batch()[0].shape[2] for _ in range(4)] == [4, 8, 4, 8]


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated:DeprecationWarning")
def test_what_does_not_fit_is_said(voc: Path) -> None:
    for param, message in (
        ("'split': 'val', 'mean': 3", "three numbers"),
        ("'mean': (1, 2, 3)", "needs voc_dir"),
    ):
        with pytest.raises(ShapeError, match=message):
            opened(voc, param)
    for param, message in (
        ("'split': 'test'", "no list of the split"), ("'split': 'empty'", "lists no image"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=message):
            opened(voc, param)
    (voc / "VOC2011/SegmentationClass/a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="no picture of classes"):
        opened(voc, "'split': 'val'").next_batch()
    (voc / "VOC2011/JPEGImages/a.jpg").unlink()
    with pytest.raises(DataError, match="does not exist"):
        opened(voc, "'split': 'val'").next_batch()
    made = layer(text("'voc_dir': 'gone', 'split': 'val'"))
    with pytest.raises(DataError, match="no folder of PASCAL VOC"):
        probe.top_shapes("VOCSegDataLayer", made, "TEST", str(voc))
    made = layer(text("'voc_dir': 'VOC2011', 'split': 'val'", "data"))
    with pytest.raises(DataError, match="two tops"):
        probe.top_shapes("VOCSegDataLayer", made, "TEST", str(voc))
