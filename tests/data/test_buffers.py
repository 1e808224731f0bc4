"""Memory of batches: never shared by two that are held, and used again."""

from __future__ import annotations

import gc

import numpy as np
import torch

from caffe2torch.data.buffers import KEPT, SMALL, Buffers

SHAPE = (4, SMALL // 16)


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_arrays_that_are_held_do_not_overlap() -> None:
    buffers = Buffers()
    held = [buffers.empty(SHAPE) for _ in range(KEPT + 2)]
    for i, array in enumerate(held):
        array[...] = i
    assert [float(a.min()) for a in held] == [float(a.max()) for a in held] == [*range(KEPT + 2)]


def test_memory_comes_back_when_the_last_view_is_gone() -> None:
    buffers = Buffers()
    array = buffers.empty(SHAPE)
    place = address(array)
    tensor = torch.from_numpy(array)[1:]
    del array
    gc.collect()
    assert address(buffers.empty(SHAPE)) != place  # the tensor still looks at it
    del tensor
    gc.collect()
    assert place in {address(buffers.empty(SHAPE)) for _ in range(2)}


def test_another_size_and_small_arrays_are_served_too() -> None:
    buffers = Buffers()
    assert buffers.empty(SHAPE).shape == SHAPE
    assert buffers.empty((SHAPE[0] * 2, SHAPE[1])).shape == (SHAPE[0] * 2, SHAPE[1])
    assert buffers.empty((2, 3)).dtype == np.float32
