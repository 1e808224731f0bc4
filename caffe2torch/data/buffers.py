"""Memory of batches, used again as soon as nobody holds an array over it.

A batch of 64 images of 224x224 is 38 MB. Fresh memory of that size comes from the system page by
page, which costs as much as filling it.
"""

from __future__ import annotations

import ctypes
import mmap
import threading
import weakref
from contextlib import suppress
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALL = 1 << 20  # bytes below which the allocator of the C library is as good
KEPT = 8  # blocks that wait for their next use


class Buffers:
    """Hands out float32 arrays; blocks of one size at a time are kept."""

    def __init__(self) -> None:
        self._free: list[mmap.mmap] = []
        self._size = 0
        self._guard = threading.Lock()

    def empty(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return an array of undefined values.

        Its memory is handed out again when the array and all that was made from it, tensors
        too, are gone.
        """
        import numpy as np

        size = 4 * prod(shape)
        if size < SMALL:
            return np.empty(shape, np.float32)
        block = self._take(size)
        lent: Any = (ctypes.c_char * size).from_buffer(block)
        weakref.finalize(lent, self._give_back, block).atexit = False
        return np.frombuffer(lent, np.float32).reshape(shape)

    def _take(self, size: int) -> mmap.mmap:
        with self._guard:
            if size != self._size:
                self._free, self._size = [], size
            if self._free:
                return self._free.pop()
        block = mmap.mmap(-1, size)
        if hasattr(mmap, "MADV_HUGEPAGE"):  # fewer, larger pages: less to look up
            with suppress(OSError):  # a kernel without them
                block.madvise(mmap.MADV_HUGEPAGE)
        return block

    def _give_back(self, block: mmap.mmap) -> None:
        with self._guard:
            if len(block) == self._size and len(self._free) < KEPT:
                self._free.append(block)
