"""ImageData: lists in order or shuffled anew every epoch, and exact continuation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.feeds.image_data import ImageData
from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError, UnsupportedError
from tests.data.one_feed import feed, layer


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Seven images 4 high, 6 wide, of gray level 10 i and label i."""
    for i in range(7):
        Image.new("RGB", (6, 4), (10 * i,) * 3).save(tmp_path / f"{i}.png")
    (tmp_path / "list.txt").write_text("".join(f"{i}.png {i}\n" for i in range(7)))
    return tmp_path


def text(folder: Path, fields: str = "batch_size: 3") -> str:
    return (
        f'type: "ImageData" image_data_param {{ source: "{folder}/list.txt" '
        f'root_folder: "{folder}/" {fields} }}'
    )


def labels(source: ImageData, batches: int) -> list[int]:
    return [int(x) for _ in range(batches) for x in source.next_batch()[1]]


def test_images_come_in_the_order_of_the_list_and_wrap(images: Path) -> None:
    source = feed(text(images))
    data, first = source.next_batch()
    assert data.shape == (3, 3, 4, 6)
    assert data[:, 0, 0, 0].tolist() == [0, 10, 20]
    assert first.tolist() == [0, 1, 2]
    assert labels(source, 2) == [3, 4, 5, 6, 0, 1]
    source.close()


def test_shuffling_gives_each_epoch_an_order_of_its_own(images: Path) -> None:
    source = feed(text(images, "batch_size: 7 shuffle: true"), seed=3)
    orders = [labels(source, 1) for _ in range(4)]
    assert all(sorted(order) == list(range(7)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    source.close()


def test_processes_shuffle_differently_and_are_told_if_they_do_not(images: Path) -> None:
    orders = []
    for rank in range(2):
        source = feed(text(images, "batch_size: 7 shuffle: true"), train=True, rank=rank, world=2)
        orders.append(labels(source, 1))
        assert not source.notes
        source.close()
    assert orders[0] != orders[1]
    plain = feed(text(images), train=True, rank=1, world=2)
    assert "shuffle" in plain.notes[0]
    plain.close()


def test_a_restored_feed_goes_on_exactly(images: Path) -> None:
    description = text(images, "batch_size: 3 shuffle: true") + (
        "transform_param { crop_size: 3 mirror: true }"
    )
    source = feed(description, train=True, seed=2)
    for _ in range(4):
        source.next_batch()
    state = source.state()
    expected = [source.next_batch() for _ in range(4)]
    source.close()
    again = feed(description, train=True, seed=2)
    again.restore(state)
    for want in expected:
        for a, b in zip(again.next_batch(), want, strict=True):
            assert (a == b).all()
    with pytest.raises(DataError, match="has 7 lines, and the saved run stopped before line 10"):
        again.restore({"batch": 1, "epoch": 0, "line": 9})
    again.close()


def test_rand_skip_starts_within_the_list(images: Path) -> None:
    starts = set()
    for seed in range(20):
        source = feed(text(images, "batch_size: 1 rand_skip: 4"), seed=seed)
        starts.add(labels(source, 1)[0])
        source.close()
    assert starts == {0, 1, 2, 3}


def test_rand_skip_beyond_the_list_is_refused(images: Path) -> None:
    with pytest.raises(ShapeError, match="rand_skip 1000 may skip all 7"):
        feed(text(images, "batch_size: 1 rand_skip: 1000"))


def test_gray_and_resizing_count_in_the_shapes(images: Path) -> None:
    param = layer(text(images, "batch_size: 2 is_color: false new_height: 8 new_width: 10"))
    assert top_shapes("ImageData", param, "TEST") == [(2, 1, 8, 10), (2,)]
    source = feed(text(images, "batch_size: 2 is_color: false new_height: 8 new_width: 10"))
    assert np.unique(source.next_batch()[0]).tolist() == [0, 10]
    source.close()


def test_only_one_of_height_and_width_is_refused(images: Path) -> None:
    with pytest.raises(ShapeError, match="new_height 3 and new_width 0") as caught:
        top_shapes("ImageData", layer(text(images, "new_height: 3")), "TEST")
    assert caught.value.field == "image_data_param.new_height"


def test_a_missing_image_names_list_line_and_file(images: Path) -> None:
    (images / "2.png").unlink()
    source = feed(text(images))
    with pytest.raises(DataError, match=r'list.txt", line 3: image ".*2.png" does not exist'):
        source.next_batch()
    source.close()


def test_images_of_two_sizes_name_the_odd_one(images: Path) -> None:
    Image.new("RGB", (6, 5)).save(images / "1.png")
    source = feed(text(images))
    with pytest.raises(DataError, match='line 2, "1.png" is 3x5x6, and the batch began'):
        source.next_batch()
    source.close()


def test_a_forks_field_that_changes_the_images_is_refused(images: Path) -> None:
    with pytest.raises(UnsupportedError, match="image_data_param.short_side is a fork's"):
        feed(text(images, "short_side: 256"))
    source = feed(text(images, "short_side: 0 threads: 9 cache: true"))
    assert labels(source, 2) == [0, 1]
    source.close()
