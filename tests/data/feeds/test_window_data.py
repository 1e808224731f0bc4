"""WindowData: background first, then objects; its own scale, the mean at its centre."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import feed, layer


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    """One image, 100 everywhere; an object window at the top left, a background one beside it."""
    Image.new("RGB", (12, 10), (100, 100, 100)).save(tmp_path / "a.png")
    (tmp_path / "windows.txt").write_text(
        f"# 0\n{tmp_path}/a.png\n3 10 12\n2\n5 0.8 0 0 3 3\n7 0.1 6 6 9 9\n"
    )
    return tmp_path


def text(folder: Path, fields: str = "", transform: str = "crop_size: 4") -> str:
    return (
        f'type: "WindowData" transform_param {{ {transform} }} window_data_param {{ '
        f'source: "{folder}/windows.txt" batch_size: 4 {fields} }}'
    )


def test_a_quarter_of_a_batch_are_objects_and_come_last(windows: Path) -> None:
    data, labels = feed(text(windows)).next_batch()
    assert labels.tolist() == [0, 0, 0, 5]
    assert data.shape == (4, 3, 4, 4)
    assert (data == 100).all()


def test_the_scale_is_its_own_and_the_mean_is_transform_params(windows: Path) -> None:
    source = feed(text(windows, "scale: 0.5", "crop_size: 4 scale: 9 mean_value: 40"))
    assert (source.next_batch()[0] == 30).all()


def test_padding_stays_zero_whatever_the_mean(windows: Path) -> None:
    source = feed(text(windows, "context_pad: 1 fg_fraction: 1", "crop_size: 4 mean_value: 40"))
    data, _ = source.next_batch()
    # the object's box 0..3 grows to -2..6: a fourth of the crop lies outside
    assert (data[:, :, 0] == 0).all() and (data[:, :, :, 0] == 0).all()
    assert (data[:, :, 1:, 1:] == 60).all()


def test_mirroring_moves_the_padding_to_the_other_side(windows: Path) -> None:
    source = feed(text(windows, "context_pad: 1 fg_fraction: 1", "crop_size: 4 mirror: true"))
    columns = {
        tuple((item[0, 2] == 0).tolist()) for _ in range(8) for item in source.next_batch()[0]
    }
    assert columns == {(True, False, False, False), (False, False, False, True)}


def test_the_mean_image_is_cropped_at_its_centre(windows: Path) -> None:
    source = feed(text(windows))
    source.transform.mean = np.arange(3 * 6 * 6, dtype=np.float32).reshape(3, 6, 6)
    source.mean = source._mean()
    data, _ = source.next_batch()
    assert (data[0] == 100 - source.transform.mean[:, 1:5, 1:5]).all()


def test_a_restored_feed_draws_the_same(windows: Path) -> None:
    description = text(windows, "context_pad: 1", "crop_size: 4 mirror: true")
    source = feed(description, seed=3)
    source.next_batch()
    state = source.state()
    expected = source.next_batch()
    again = feed(description, seed=3)
    again.restore(state)
    assert all((a == b).all() for a, b in zip(again.next_batch(), expected, strict=True))


def test_shapes_need_a_crop_size(windows: Path) -> None:
    assert top_shapes("WindowData", layer(text(windows)), "TRAIN") == [(4, 3, 4, 4), (4,)]
    with pytest.raises(ShapeError, match="crop_size is not set") as caught:
        top_shapes("WindowData", layer(text(windows, transform="")), "TRAIN")
    assert caught.value.field == "transform_param.crop_size"
    with pytest.raises(ShapeError, match="context_pad 2 leaves nothing"):
        feed(text(windows, "context_pad: 2"))


def test_an_unreadable_image_is_named(windows: Path) -> None:
    (windows / "a.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r'windows.txt", image ".*a.png": is not an image'):
        feed(text(windows)).next_batch()
    (windows / "a.png").unlink()
    with pytest.raises(DataError, match="does not exist"):
        feed(text(windows, "cache_images: true")).next_batch()


def test_a_mean_that_does_not_fit_is_refused(windows: Path) -> None:
    with pytest.raises(ShapeError, match="2 mean_value for 3 channels"):
        feed(text(windows, transform="crop_size: 4 mean_value: 1 mean_value: 2"))
