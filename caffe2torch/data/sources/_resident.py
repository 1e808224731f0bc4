"""Lets go of pages of a mapped file that have been read, so that they do not pile up in memory.

Records that were read once would stay in the process's memory until the system needs room: a
10 GB database would look like a 10 GB process, and be killed where memory is limited.

Source: the manual of madvise, MADV_DONTNEED, which for a file's shared mapping loses nothing
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Sequence

from caffe2torch.data.sources.base import Buffer

_DONTNEED = getattr(mmap, "MADV_DONTNEED", None)
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
NEAR = 4
"""Records that lie together go in one call, if it covers at most this many times their bytes."""


def release(records: Sequence[Buffer]) -> None:
    """Let go of the pages that hold these views into a mapped file. Does nothing off Linux."""
    import numpy as np

    if _LIBC is None or _DONTNEED is None or not records:
        return
    arrays = [np.frombuffer(record, np.uint8) for record in records if len(record)]
    spans = [(array.ctypes.data, array.size) for array in arrays]
    low, high = min(at for at, _ in spans), max(at + size for at, size in spans)
    if high - low <= NEAR * sum(size for _, size in spans) + NEAR * mmap.PAGESIZE:
        spans = [(low, high - low)]
    for at, size in spans:
        start = at - at % mmap.PAGESIZE
        _LIBC.madvise(ctypes.c_void_p(start), ctypes.c_size_t(at + size - start), _DONTNEED)
