"""MemoryData: arrays of a program, round and round."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import feed, layer

TEXT = 'type: "MemoryData" memory_data_param { batch_size: 2 channels: 1 height: 1 width: 3 }'


def test_batches_go_round_and_labels_have_four_axes() -> None:
    source = feed(TEXT + "transform_param { scale: 7 }")
    data = np.arange(12).reshape(4, 1, 1, 3)
    source.set_arrays(data, np.arange(4))
    batches = [source.next_batch() for _ in range(3)]
    assert [batch[1].ravel().tolist() for batch in batches] == [[0, 1], [2, 3], [0, 1]]
    assert batches[0][1].shape == (2, 1, 1, 1)
    assert (batches[1][0] == data[2:]).all()


def test_a_restored_feed_goes_on_where_it_stood() -> None:
    source = feed(TEXT)
    source.set_arrays(np.zeros((4, 1, 1, 3)), np.arange(4))
    source.next_batch()
    source.restore(source.state())
    assert source.next_batch()[1].ravel().tolist() == [2, 3]


def test_batches_are_copies() -> None:
    source, data = feed(TEXT), np.zeros((2, 1, 1, 3), np.float32)
    source.set_arrays(data, np.zeros(2, np.float32))
    source.next_batch()[0][:] = 5
    assert (data == 0).all()


def test_what_does_not_fit_is_refused() -> None:
    source = feed(TEXT)
    with pytest.raises(DataError, match="has no data yet"):
        source.next_batch()
    with pytest.raises(DataError, match="data is"):
        source.set_arrays(np.zeros((2, 1, 1, 4)), np.zeros(2))
    with pytest.raises(DataError, match="3 images and 3 labels for batches of 2"):
        source.set_arrays(np.zeros((3, 1, 1, 3)), np.zeros(3))
    with pytest.raises(DataError, match="4 images and 3 labels"):
        source.set_arrays(np.zeros((4, 1, 1, 3)), np.zeros(3))


def test_all_four_sizes_must_be_set() -> None:
    param = layer('type: "MemoryData" memory_data_param { batch_size: 1 channels: 1 height: 2 }')
    with pytest.raises(ShapeError, match="width is not set") as caught:
        top_shapes("MemoryData", param, "TEST")
    assert caught.value.field == "memory_data_param.width"


def test_two_means_are_refused_although_none_is_used() -> None:
    with pytest.raises(ShapeError, match="both set"):
        feed(TEXT + 'transform_param { mean_file: "no" mean_value: 3 }')


def test_shapes() -> None:
    assert top_shapes("MemoryData", layer(TEXT), "TEST") == [(2, 1, 1, 3), (2,)]
