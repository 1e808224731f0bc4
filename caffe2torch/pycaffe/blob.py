"""Blobs: float32 values and their gradients, as NumPy views of the memory that the net works on.

A net may give a blob fresh memory at every pass, which costs nothing, as long as nobody holds a
view of the old one. Who does, sees the new values in it, as in Caffe: `Memory` knows by a lease.

Source: Caffe include/caffe/blob.hpp, src/caffe/blob.cpp; python/caffe/_caffe.cpp
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod, ref

import numpy as np
from numpy.typing import NDArray

from caffe2torch.pycaffe.arguments import Compiled, whole

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float32]
Shape = tuple[int, ...]

MAX_AXES, MOST_AXES = 4, 32
"""Axes that num to width tell; axes that a blob may have (kMaxBlobAxes)."""


class Lease:
    """What every view that was handed out holds on to; when it is gone, so are they all."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.__array_interface__ = array.__array_interface__


class Memory:
    """Flat float32 memory, which blobs may share (Split, Reshape, weights of the same name).

    A tensor that has been put in may lie in NHWC until somebody wants to see its values in order.

    looks: how many times somebody may have changed the values: views handed out, updates
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._array: Array | None = None
        self._tensor: Tensor | None = None
        self._lease: ref[Lease] | None = None
        self.looks = 0

    @property
    def array(self) -> Array:
        """The memory as NumPy sees it, flat and in order; zeros if nothing was put in."""
        if self._array is None:
            if self._tensor is None:
                self._array = np.zeros(self.count, np.float32)
            else:
                self._tensor = self._tensor.contiguous()
                self._array = self._tensor.numpy().reshape(-1)
        return self._array

    def leased(self) -> bool:
        """Whether somebody outside holds a view."""
        return self._lease is not None and self._lease() is not None

    def view(self, shape: Shape) -> Array:
        """Return a writable view of the first values, and remember that it is out."""
        self.looks += 1
        lease = self._lease() if self._lease is not None else None
        if lease is None:
            lease = Lease(self.array)
            self._lease = ref(lease)
        flat: Array = np.asarray(lease)
        count = math.prod(shape)
        return (flat if flat.size == count else flat[:count]).reshape(shape)

    def tensor(self, shape: Shape) -> Tensor:
        """Return the first values as a tensor that shares this memory."""
        if self._tensor is not None and self._tensor.shape == shape:
            return self._tensor
        import torch

        flat, count = self.array, math.prod(shape)
        tensor = torch.from_numpy(flat if flat.size == count else flat[:count]).view(shape)
        self._tensor = tensor if flat.size == count else self._tensor
        return tensor

    def put(self, tensor: Tensor) -> None:
        """Take over a tensor's values: by reference, or by copying where a view is out.

        tensor: float32 on the CPU, contiguous in NCHW or NHWC, in memory of its own
        """
        if self.leased():
            # not by torch: its count of in-place changes would forbid a later backward
            np.copyto(self.array[: tensor.numel()], tensor.contiguous().numpy().reshape(-1))
        else:
            self._array, self._tensor, self.count = None, tensor, tensor.numel()

    def release(self) -> None:
        """Give the memory back before new values are computed, so that they can take its place.

        What is still warm in the processor's caches is written again. Held views keep it.
        """
        if not self.leased():
            self._array = self._tensor = None

    def fix(self, array: Array) -> None:
        """Point at the caller's own array, flat, as MemoryData does."""
        self._array, self._tensor, self._lease, self.count = array, None, None, array.size


class Blob(Compiled):
    """An array and its gradient. `data` and `diff` are writable views, no copies.

    Differs: `shape` is a tuple, in Caffe an IntVec; a program can make one, Blob((2, 3))

    Memory comes with the first look at it, filled with zeros, and stays when a new shape needs
    no more of it.
    """

    def __init__(self, shape: Sequence[int] = (0,)) -> None:
        self._shape: Shape = tuple(int(n) for n in shape)
        self._data: Memory | None = None
        self._diff: Memory | None = None
        self.late: Callable[[], None] | None = None  # computes the values when they are wanted

    @property
    def shape(self) -> Shape:
        """Its dimensions."""
        return self._shape

    @property
    def count(self) -> int:
        """How many values it holds."""
        return math.prod(self._shape)

    @property
    def num(self) -> int:
        """Its first dimension, 1 if it has none. Raises: ValueError beyond 4 axes."""
        return self._legacy(0)

    @property
    def channels(self) -> int:
        """Its second dimension, 1 if it has none. Raises: ValueError beyond 4 axes."""
        return self._legacy(1)

    @property
    def height(self) -> int:
        """Its third dimension, 1 if it has none. Raises: ValueError beyond 4 axes."""
        return self._legacy(2)

    @property
    def width(self) -> int:
        """Its fourth dimension, 1 if it has none. Raises: ValueError beyond 4 axes."""
        return self._legacy(3)

    def _legacy(self, axis: int) -> int:
        if len(self._shape) > MAX_AXES:
            raise ValueError(
                f"num, channels, height and width do not tell the shape {self._shape}; use shape"
            )
        return self._shape[axis] if axis < len(self._shape) else 1

    @property
    def data(self) -> Array:
        """The values."""
        return self.data_memory.view(self._shape)

    @property
    def diff(self) -> Array:
        """The gradient."""
        return self.diff_memory.view(self._shape)

    @property
    def data_memory(self) -> Memory:
        """The memory of the values."""
        if self.late is not None:
            self.late()
        if self._data is None:
            self._data = Memory(self.count)
        return self._data

    @property
    def diff_memory(self) -> Memory:
        """The memory of the gradient."""
        if self._diff is None:
            self._diff = Memory(self.count)
        return self._diff

    @property
    def touched(self) -> bool:
        """Whether the gradient can be anything but zeros."""
        return self._diff is not None

    def reshape(self, *shape: int, **named: Any) -> None:
        """Take another shape; values are kept in order where there is room for them.

        Differs: takes NumPy's whole numbers too, as in Python 2
        Raises: TypeError for what is no whole number; OverflowError beyond 32 bits; ValueError for
        a shape that no blob can have
        """
        if named:
            raise RuntimeError("Blob.reshape takes no kwargs")
        if len(shape) > MOST_AXES:
            raise ValueError(f"a blob has at most {MOST_AXES} axes, not {len(shape)}")
        self.resize(tuple(whole(n, "a dimension") for n in shape))

    def resize(self, shape: Shape) -> None:
        """Take another shape, given as one tuple. Raises: ValueError for a negative dimension."""
        if shape == self._shape:
            return
        if any(n < 0 for n in shape):
            raise ValueError(f"a blob cannot have the shape {shape}")
        count = math.prod(shape)
        if self._data is not None and self._data.count < count:
            self._data = None
        if self._diff is not None and self._diff.count < count:
            self._diff = None
        self._shape = shape

    def tensor(self) -> Tensor:
        """Return the values as a tensor that shares their memory."""
        return self.data_memory.tensor(self._shape)

    def release(self) -> None:
        """Give back the memory of values that are computed anew now."""
        if self._data is not None:
            self._data.release()

    def diff_tensor(self) -> Tensor:
        """Return the gradient as a tensor that shares its memory."""
        return self.diff_memory.tensor(self._shape)

    def put(self, tensor: Tensor) -> None:
        """Take over values, and their shape."""
        self.resize(tuple(tensor.shape))
        if self._data is None:
            self._data = Memory(tensor.numel())
        self._data.put(tensor)

    def put_diff(self, tensor: Tensor) -> None:
        """Take over a gradient."""
        if self._diff is None:
            self._diff = Memory(tensor.numel())
        self._diff.put(tensor)

    def share_data(self, other: Blob) -> None:
        """Use the memory of another blob for the values (Blob::ShareData)."""
        self._data = other.data_memory

    def share_diff(self, other: Blob) -> None:
        """Use the memory of another blob for the gradient (Blob::ShareDiff)."""
        self._diff = other.diff_memory

    def __repr__(self) -> str:
        return f"<Blob {' '.join(map(str, self._shape))} ({self.count})>"


class BlobVec(Compiled, list[Blob]):
    """A list of blobs that can make one more.

    assigned: a method that is told the position of a blob in whose place another has come
    """

    def __init__(self, blobs: Iterable[Blob] = ()) -> None:
        super().__init__(blobs)
        self.assigned: WeakMethod[Callable[[int], None]] | None = None

    def __setitem__(self, index: Any, blob: Any) -> None:
        """Put another blob in place of one. Raises: TypeError if it is none."""
        if isinstance(index, slice):
            super().__setitem__(index, blob)
            return
        if not isinstance(blob, Blob):
            raise TypeError(
                "Invalid assignment: a list of blobs takes blobs; write into .data[...]"
            )
        super().__setitem__(index, blob)
        tell = self.assigned() if self.assigned is not None else None
        if tell is not None:
            tell(range(len(self))[index])

    def add_blob(self, *shape: int, **named: Any) -> None:
        """Append a blob of zeros. Raises: as `Blob.reshape` does."""
        if named:
            raise RuntimeError("BlobVec.add_blob takes no kwargs")
        blob = Blob()
        blob.reshape(*shape)
        self.append(blob)


def filled(blob: Blob, values: Any) -> None:
    """Write values of as many elements into a blob, whatever their shape."""
    blob.data[...] = np.asarray(values, np.float32).reshape(blob.shape)
