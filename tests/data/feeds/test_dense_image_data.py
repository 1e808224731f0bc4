"""DenseImageData: labels follow the pixels through everything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import feed, layer


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Three images whose pixel (y, x) has the gray value 10 y + x + 100 i, as has its label."""
    for i in range(3):
        values = (np.arange(6)[:, None] * 10 + np.arange(6) + 60 * i).astype(np.uint8)
        Image.fromarray(values).convert("RGB").save(tmp_path / f"{i}.png")
        Image.fromarray(values).save(tmp_path / f"l{i}.png")
    (tmp_path / "list").write_text("".join(f"{i}.png l{i}.png\n" for i in range(3)))
    return str(tmp_path)


def text(folder: str, fields: str = "", transform: str = "", batch: int = 2) -> str:
    return (
        f'type: "DenseImageData" transform_param {{ {transform} }} dense_image_data_param {{ '
        f'source: "{folder}/list" root_folder: "{folder}/" batch_size: {batch} {fields} }}'
    )


def test_batches_follow_the_list_round_and_round(folder: str) -> None:
    source = feed(text(folder))
    data, labels = source.next_batch()
    assert data.shape == (2, 3, 6, 6)
    assert labels.shape == (2, 1, 6, 6)
    assert labels[1, 0, 2].tolist() == [80, 81, 82, 83, 84, 85]
    np.testing.assert_array_equal(data[:, :1], labels)
    assert source.next_batch()[1][:, 0, 0, 0].tolist() == [120, 0]
    source.close()


@pytest.mark.parametrize(
    ("fields", "transform", "size"),
    [
        ("mirror: true", "mirror: true", (6, 6)),
        ("crop_height: 3 crop_width: 2", "", (3, 2)),
        ("", "crop_size: 4", (4, 4)),
        ("rotate: true", "", (6, 6)),
        ("rotate: true mirror: true crop_height: 2 crop_width: 5", "", (2, 5)),
    ],
)
def test_labels_follow_the_pixels(
    folder: str, fields: str, transform: str, size: tuple[int, int]
) -> None:
    source = feed(text(folder, fields, transform), train=True)
    seen = set()
    for _ in range(20):
        data, labels = source.next_batch()
        assert data.shape == (2, 3, *size)
        np.testing.assert_array_equal(data[:, 1:2], labels)
        seen.add(labels.tobytes())
    assert len(seen) > 6
    source.close()


def test_the_mean_leaves_labels_alone(folder: str) -> None:
    source = feed(text(folder, "", "mean_value: [1, 2, 3] scale: 0.5"))
    data, labels = source.next_batch()
    np.testing.assert_allclose(data[:, 2:], (labels - 3) / 2)
    source.close()


def test_resized_labels_are_not_mixed(folder: str) -> None:
    source = feed(text(folder, "new_height: 9 new_width: 9"))
    data, labels = source.next_batch()
    assert data.shape == (2, 3, 9, 9)
    assert set(labels[0].flatten().tolist()) <= {10 * y + x for y in range(6) for x in range(6)}
    source.close()


def test_one_map_a_class(folder: str) -> None:
    source = feed(text(folder, "one_hot_nclasses: 56"))
    _, labels = source.next_batch()
    assert labels.shape == (2, 56, 6, 6)
    assert labels[0].sum(axis=0).tolist() == [[1] * 6] * 6
    assert labels[0, 23].nonzero() == (np.array([2]), np.array([3]))
    source.close()


def test_shapes_are_known_before(folder: str) -> None:
    param = layer(text(folder, "crop_height: 3 crop_width: 2 one_hot_nclasses: 5"))
    assert top_shapes("DenseImageData", param, "TRAIN") == [(2, 3, 3, 2), (2, 5, 3, 2)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("crop_height: 3", "crop_width 0: one of them is 0"),
        ("new_height: 3", "new_width 0: one of them is 0"),
        ("crop_height: 9 crop_width: 2", "larger than the image"),
        ("rotate: true new_height: 3 new_width: 4", "square"),
    ],
)
def test_bad_fields_are_refused(folder: str, fields: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        top_shapes("DenseImageData", layer(text(folder, fields)), "TRAIN")


def test_labels_of_another_size_are_named(folder: str) -> None:
    Image.fromarray(np.zeros((2, 2), np.uint8)).save(Path(folder) / "l1.png")
    source = feed(text(folder))
    with pytest.raises(DataError, match='line 2, "1.png": the image is'):
        source.next_batch()
    source.close()
