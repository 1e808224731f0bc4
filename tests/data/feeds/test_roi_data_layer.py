"""RoIDataLayer: images and objects of a VOC folder, as the end-to-end training takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data import feeds
from caffe2torch.data.feeds.base import LayerFeed, SourceSite
from caffe2torch.data.feeds.roi_data_layer import MEAN, RoIDataLayer, prepared, read_settings
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import layer

OBJECT = (
    "<object><name>{name}</name><difficult>{hard}</difficult><bndbox><xmin>{box[0]}</xmin>"
    "<ymin>{box[1]}</ymin><xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox></object>"
)
BOX = (11, 3, 30, 8)


def write(folder: Path, name: str, size: tuple[int, int], objects: str) -> None:
    """One image whose left half is black and whose right half is white, with its annotation."""
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[:, size[1] // 2 :] = 255
    Image.fromarray(pixels).save(folder / "JPEGImages" / f"{name}.jpg", quality=100)
    (folder / "Annotations" / f"{name}.xml").write_text(f"<annotation>{objects}</annotation>")


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "VOCdevkit2007" / "VOC2007"
    for part in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (folder / part).mkdir(parents=True)
    (folder / "ImageSets/Main/trainval.txt").write_text("a\nb\nc\n")
    car = OBJECT.format(name="car", hard=0, box=BOX)
    write(folder, "a", (20, 40), car + OBJECT.format(name="cat", hard=1, box=BOX))
    write(folder, "b", (20, 80), car)
    write(folder, "c", (20, 40), OBJECT.format(name="cat", hard=1, box=BOX))
    return tmp_path


def text(param: str, tops: str = "data im_info gt_boxes") -> str:
    named = " ".join(f'top: "{top}"' for top in tops.split())
    return (
        f'type: "Python" {named} python_param {{ module: "roi_data_layer.layer" '
        f'layer: "RoIDataLayer" param_str: "{param}" }}'
    )


def opened(voc: Path, param: str = "'scale': 40, 'max_size': 100") -> LayerFeed:
    made = layer(text(param))
    return feeds.find(feeds.name_of(made))(SourceSite("l", made, True, str(voc)))


def test_hard_objects_and_images_without_others_are_left_out(voc: Path) -> None:
    source = opened(voc, "'scale': 40, 'flipped': False")
    assert [p.file.stem for p, _ in source.entries] == ["a", "b"]
    _, size, objects = source.next_batch()
    assert objects[:, 4].tolist() == [7]  # car
    assert size.shape == (1, 3)


def test_sides_follow_the_scale_and_the_longest_side(voc: Path) -> None:
    source = opened(voc)
    shapes = set()
    for _ in range(12):
        data, size, objects = source.next_batch()
        shapes.add(data.shape)
        scale = data.shape[2] / 20
        assert size.tolist() == [[*data.shape[2:], scale]]
        left = np.float32(
            10 if data[0, 0, 0, 0] < data[0, 0, 0, -1] else data.shape[3] / scale - 30
        )
        assert objects[0, 0] == pytest.approx(left * scale)
        assert objects[0, 2] - objects[0, 0] == pytest.approx(19 * scale)
        assert objects[0, [1, 3]].tolist() == pytest.approx([2 * scale, 7 * scale])
    assert shapes == {(1, 3, 40, 80), (1, 3, 25, 100)}


def test_images_are_blue_green_red_less_the_published_mean(voc: Path) -> None:
    data = opened(voc, "'scale': 20, 'flipped': False").next_batch()[0]
    np.testing.assert_allclose(data[0, :, 0, 0], [-m for m in MEAN], atol=3)
    np.testing.assert_allclose(data[0, :, 0, -1], [255 - m for m in MEAN], atol=3)


def test_each_order_is_another_one_and_lacks_its_last_image(voc: Path) -> None:
    source, taken = opened(voc), []
    for _ in range(3 * 30):
        taken.append(source._index())
        source.batches += 1
    passes = [taken[i : i + 3] for i in range(0, 90, 3)]
    assert all(len(set(order)) == 3 for order in passes)
    assert set(taken) == {0, 1, 2, 3}


def test_goes_on_where_it_stood(voc: Path) -> None:
    first, second = opened(voc), opened(voc)
    first.next_batch()
    second.restore(first.state())
    for mine, theirs in zip(first.next_batch(), second.next_batch(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_scale_of_one_changes_nothing_but_the_mean(voc: Path) -> None:
    settings = read_settings(layer(text("'scale': 2, 'max_size': 9")))
    pixels = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    data, scale = prepared(pixels, settings)
    assert scale == 1
    np.testing.assert_array_equal(data[0], pixels - np.array(MEAN, np.float32)[:, None, None])


@pytest.mark.parametrize(
    ("param", "error", "message"),
    [
        ("'num_classes': 3", DataError, "num_classes is 3, and the 20 classes"),
        ("'scale': 'x'", ShapeError, "must be whole numbers"),
        ("'scale': 0", ShapeError, "must be whole numbers"),
        ("'voc': 'nowhere'", DataError, "nowhere does not exist: no folder of PASCAL VOC"),
        ("'split': 'val'", DataError, "val.txt does not exist"),
        ("'num_classes': 2, 'classes': ['cat']", DataError, "'car' is none of the 1 classes"),
    ],
)
def test_what_does_not_fit_is_said(
    voc: Path, param: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        RoIDataLayer.top_shapes(layer(text(param)), True, str(voc))


def test_proposals_of_other_programs_are_to_be_fed(voc: Path) -> None:
    with pytest.raises(DataError, match="pickles"):
        RoIDataLayer.top_shapes(layer(text("", "data rois labels")), True, str(voc))


def test_missing_and_broken_images_are_named(voc: Path) -> None:
    image = voc / "data/VOCdevkit2007/VOC2007/JPEGImages/a.jpg"
    image.write_bytes(b"no image")
    with pytest.raises(DataError, match=r"a\.jpg"):
        RoIDataLayer.top_shapes(layer(text("")), True, str(voc))
    image.unlink()
    with pytest.raises(DataError, match=r"a\.jpg does not exist"):
        RoIDataLayer.top_shapes(layer(text("")), True, str(voc))


def test_sets_without_objects_are_refused(voc: Path) -> None:
    (voc / "data/VOCdevkit2007/VOC2007/ImageSets/Main/val.txt").write_text("c\n")
    with pytest.raises(DataError, match="no image of val shows an object"):
        RoIDataLayer.top_shapes(layer(text("'split': 'val'")), True, str(voc))
