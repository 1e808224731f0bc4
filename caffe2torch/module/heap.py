"""Keeps the memory that blobs give back with the process, where glibc would return it.

A pass frees and takes tens of megabytes. glibc gives them back to the kernel, which hands out
zeroed pages at the next pass: a tenth of GoogLeNet's forward, a quarter of LeNet's training step.
Blocks of 32 MB and more, such as large weights, are returned at once all the same.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""glibc's numbers of the two settings (malloc.h)."""
KEPT, LARGE = 256 << 20, 32 << 20
"""Bytes at the end of the heap that stay; bytes from which on a block is a mapping of its own."""


@cache
def keep_memory() -> bool:
    """Tell the C library, once a process; return False if it is not glibc."""
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        return bool(mallopt(MMAP_THRESHOLD, LARGE) and mallopt(TRIM_THRESHOLD, KEPT))
    return False
