"""Turns the fault of a mapped file that became shorter into an error that names it.

LMDB maps its file into memory. Where a page has no file behind it (cut short while it is read, or
damaged so that a record seems to reach beyond the end), the system kills the process by SIGBUS.
Here the page is filled with zeros instead, the fault is noted, and `check` raises it. Nothing is
paid until there is a fault. Linux only; elsewhere the process still dies.

Source: the manuals of sigaction, mmap and proc(5), /proc/self/maps
"""

from __future__ import annotations

import ctypes
import mmap
import signal
import sys
from pathlib import Path
from typing import Any

from caffe2torch.errors import DataError

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_SIGINFO, _ADDRESS = 4, slice(16, 24)  # SA_SIGINFO; where siginfo_t holds si_addr
_PROT_READ, _PRIVATE_ANONYMOUS_FIXED = 1, 0x32
_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.POINTER(ctypes.c_ubyte * 128), ctypes.c_void_p
)


class _Action(ctypes.Structure):
    """struct sigaction of Linux."""

    _fields_ = [
        ("handler", ctypes.c_void_p), ("mask", ctypes.c_ulong * 16), ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    ]  # fmt: skip


_faulty: set[str] = set()
"""Files of which a page was missing."""
_watched: set[str] = set()
_installed: list[Any] = []


def watch(file: str) -> None:
    """Survive missing pages of a mapped file, from now on; earlier faults were another file's."""
    _watched.add(str(Path(file).resolve()))
    _faulty.discard(str(Path(file).resolve()))
    if _LIBC is None or _installed:
        return
    _LIBC.mmap.restype = ctypes.c_void_p
    _LIBC.mmap.argtypes = [
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    ]  # fmt: skip
    handler = _HANDLER(_fill)
    action = _Action(ctypes.cast(handler, ctypes.c_void_p).value)
    action.flags = _SIGINFO
    _installed.append(handler)  # it must live as long as the process
    _LIBC.sigaction(signal.SIGBUS, ctypes.byref(action), None)


def _fill(number: int, info: Any, _context: Any) -> None:
    """Put a page of zeros where one is missing; a fault that is not of a watched file kills."""
    address = int.from_bytes(bytes(info.contents[_ADDRESS]), sys.byteorder)
    file = _file_at(address)
    if file not in _watched or _LIBC is None:
        signal.signal(number, signal.SIG_DFL)
        return
    _faulty.add(file)
    page = address - address % mmap.PAGESIZE
    _LIBC.mmap(page, mmap.PAGESIZE, _PROT_READ, _PRIVATE_ANONYMOUS_FIXED, -1, 0)


def _file_at(address: int) -> str:
    """Return the file that is mapped at an address, "" for none."""
    with open("/proc/self/maps") as maps:  # noqa: PTH123  no more than must be, in a handler
        for line in maps:
            span, *rest = line.rstrip("\n").split(None, 5)
            start, _, end = span.partition("-")
            if int(start, 16) <= address < int(end, 16):
                return rest[4] if len(rest) > 4 else ""
    return ""


def check(path: str, file: str) -> None:
    """Raise DataError if a page of the file was missing when it was read."""
    if _faulty and str(Path(file).resolve()) in _faulty:
        raise DataError(
            f'database "{path}" is cut short or damaged: a part that is in use is missing',
            hint="copy or make it again; do not write to it while it is read",
        )
