"""Lets go of pages of a mapped file that have been read, so that they do not pile up in memory.

Records that were read once would stay in the process's memory until the system needs room: a
10 GB database would look like a 10 GB process, and be killed where memory is limited. The system
maps some pages round those that are asked for, too; so all between the records seen so far goes,
not these alone.

Source: the manual of madvise, MADV_DONTNEED, which for a file's shared mapping loses nothing
"""

from __future__ import annotations

import ctypes
import mmap
import sys

from caffe2torch.data.sources.base import Buffer

_DONTNEED = getattr(mmap, "MADV_DONTNEED", None)
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

STEP = 1 << 26
"""Bytes of records that are read between two times of letting go."""


class Resident:
    """What one cursor has brought into memory. Does nothing off Linux.

    Views that somebody holds stay valid: their pages come back when they are looked at.
    """

    def __init__(self) -> None:
        self._low, self._high = sys.maxsize, 0
        self._bytes = STEP  # the first record is one end of what is let go of

    def read(self, record: Buffer, size: int) -> None:
        """Count `size` bytes that were read up to and including `record`, a view into the file."""
        self._bytes += size
        if self._bytes < STEP or _LIBC is None or _DONTNEED is None:
            return
        import numpy as np

        self._bytes = 0
        if not len(record):
            return
        start = int(np.frombuffer(record, np.uint8).ctypes.data)
        self._low = min(self._low, start - start % mmap.PAGESIZE)
        self._high = max(self._high, start + len(record))
        span = ctypes.c_size_t(self._high - self._low)
        _LIBC.madvise(ctypes.c_void_p(self._low), span, _DONTNEED)
