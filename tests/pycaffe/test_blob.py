"""Blobs as views of the memory that a net works on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.pycaffe.blob import Blob, BlobVec, Memory, filled


def test_a_blob_begins_with_zeros() -> None:
    blob = Blob((2, 3))
    assert (blob.shape, blob.count) == ((2, 3), 6)
    assert blob.data.dtype == np.float32
    assert not blob.data.any()
    assert not blob.touched


def test_legacy_dimensions_are_1_where_there_is_none() -> None:
    blob = Blob((2, 3))
    assert (blob.num, blob.channels, blob.height, blob.width) == (2, 3, 1, 1)
    with pytest.raises(ValueError, match="do not tell the shape"):
        _ = Blob((1, 1, 1, 1, 1)).num


def test_views_see_what_is_written_and_write_into_the_net() -> None:
    blob = Blob((4,))
    view = blob.data
    blob.tensor()[1] = 5
    assert view.tolist() == [0, 5, 0, 0]
    view[2] = 7
    assert blob.tensor().tolist() == [0, 5, 7, 0]


def test_a_view_that_is_held_sees_values_that_are_taken_over() -> None:
    blob = Blob((2,))
    view = blob.data
    blob.put(torch.tensor([1.0, 2.0]))
    assert view.tolist() == [1, 2]


def test_values_keep_their_order_in_another_shape() -> None:
    blob = Blob((2, 3))
    filled(blob, range(6))
    blob.reshape(3, 2)
    assert blob.data.tolist() == [[0, 1], [2, 3], [4, 5]]
    blob.reshape(2)
    assert blob.data.tolist() == [0, 1]
    blob.reshape(6)  # the memory had room for it all the time (Blob::Reshape)
    assert blob.data.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_negative_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        Blob((2,)).reshape(2, -1)


def test_blobs_that_share_memory() -> None:
    one, two = Blob((2, 3)), Blob((6,))
    two.share_data(one)
    two.share_diff(one)
    two.data[4] = 9
    one.diff[0, 1] = 3
    assert one.data[1, 1] == 9
    assert two.diff[1] == 3
    assert two.touched


def test_an_array_of_the_program_is_not_copied() -> None:
    array = np.arange(3, dtype=np.float32)
    memory = Memory(3)
    memory.fix(array)
    array[0] = 8
    assert memory.view((3,)).tolist() == [8, 1, 2]


def test_values_come_in_order_wherever_they_lie() -> None:
    values = torch.arange(24.0).view(1, 2, 3, 4)
    blob = Blob()
    blob.put(values.contiguous(memory_format=torch.channels_last))
    assert blob.data.reshape(-1).tolist() == list(range(24))
    held = blob.data
    blob.put((values + 1).contiguous(memory_format=torch.channels_last))
    assert held.reshape(-1).tolist() == list(range(1, 25))


def test_memory_is_released_unless_a_view_is_held() -> None:
    blob = Blob()
    blob.put(torch.ones(2, 3))
    held = blob.data
    blob.release()
    assert held.tolist() == blob.data.tolist() == [[1, 1, 1]] * 2
    del held
    blob.release()
    assert blob.data.tolist() == [[0, 0, 0]] * 2


def test_a_list_of_blobs_can_make_one_more() -> None:
    blobs = BlobVec()
    blobs.add_blob(2, 2)
    assert blobs[0].shape == (2, 2)


def test_filling_needs_as_many_values() -> None:
    blob = Blob((2, 2))
    filled(blob, [[1, 2, 3, 4]])
    assert blob.data.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ValueError, match="3"):
        filled(blob, [1, 2, 3])
