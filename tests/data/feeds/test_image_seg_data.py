"""ImageSegData: its kinds of labels, scaling, padding, and the sizes in the third top."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import ShapeError
from tests.data.one_feed import feed, layer


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for i, (h, w) in enumerate([(4, 6), (5, 3)]):
        values = (np.arange(h)[:, None] * 10 + np.arange(w) + 100 * i).astype(np.uint8)
        Image.fromarray(values).convert("RGB").save(tmp_path / f"{i}.png")
        Image.fromarray(values).save(tmp_path / f"l{i}.png")
    (tmp_path / "maps").write_text("0.png l0.png\n1.png l1.png\n")
    (tmp_path / "labels").write_text("0.png 7\n1.png 9\n")
    (tmp_path / "plain").write_text("0.png\n1.png\n")
    return str(tmp_path)


def text(folder: str, kind: str, transform: str = "", batch: int = 2) -> str:
    name = {"PIXEL": "maps", "IMAGE": "labels", "NONE": "plain"}[kind]
    return (
        f'type: "ImageSegData" top: "data" top: "label" top: "dim" '
        f"transform_param {{ {transform} }}"
        f'image_data_param {{ source: "{folder}/{name}" root_folder: "{folder}/" '
        f"batch_size: {batch} label_type: {kind} }}"
    )


def test_a_crop_larger_than_the_image_is_padded(folder: str) -> None:
    source = feed(text(folder, "PIXEL", "crop_height: 5 crop_width: 6 mean_value: [1, 1, 1]"))
    data, labels, sizes = source.next_batch()
    assert data.shape == (2, 3, 5, 6)
    assert labels[0, 0, 4].tolist() == [255] * 6
    assert labels[1, 0, 0].tolist() == [100, 101, 102, 255, 255, 255]
    assert data[1, 0, 0].tolist() == [99, 100, 101, 0, 0, 0]
    assert sizes.tolist() == [[[[4, 6]]], [[[5, 3]]]]
    source.close()


@pytest.mark.parametrize(("kind", "values"), [("IMAGE", {7, 9}), ("NONE", {255})])
def test_one_label_for_all_pixels(folder: str, kind: str, values: set[int]) -> None:
    source = feed(text(folder, kind, "crop_size: 3"))
    _, labels, sizes = source.next_batch()
    assert set(labels.flatten().tolist()) == values
    assert sizes.tolist() == [[[[3, 3]]], [[[3, 3]]]]
    source.close()


def test_labels_follow_the_pixels(folder: str) -> None:
    source = feed(text(folder, "PIXEL", "crop_size: 3 mirror: true"), train=True)
    seen = set()
    for _ in range(20):
        data, labels, _ = source.next_batch()
        np.testing.assert_array_equal(data[:, :1], labels)
        seen.add(labels.tobytes())
    assert len(seen) > 6
    source.close()


def test_one_of_the_scale_factors_is_drawn(folder: str) -> None:
    source = feed(text(folder, "PIXEL", "scale_factors: [1, 2]", batch=1), train=True)
    shapes = set()
    for _ in range(16):
        data, labels, _ = source.next_batch()
        assert labels.shape == (1, 1, *data.shape[2:])
        shapes.add(data.shape[2:])
    assert shapes == {(4, 6), (8, 12), (5, 3), (10, 6)}
    source.close()


def test_shapes_are_known_before(folder: str) -> None:
    param = layer(text(folder, "PIXEL", "crop_size: 9"))
    wanted = [(2, 3, 9, 9), (2, 1, 9, 9), (2, 1, 1, 2)]
    assert top_shapes("ImageSegData", param, "TRAIN") == wanted
    with pytest.raises(ShapeError, match="do not go together"):
        top_shapes("ImageSegData", layer(text(folder, "PIXEL", "crop_height: 9")), "TRAIN")
