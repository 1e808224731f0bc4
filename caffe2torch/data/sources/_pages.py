"""Checks the pages of an LMDB before the library walks over them: it trusts what they say.

A pointer that leads out of its page, or a page that is its own child, ends liblmdb by SIGSEGV or
in a loop. So the tree of the main database is walked with bounds: whole in files of up to WHOLE
bytes, its first FIRST pages in larger ones; once for each state of a file.

Source: liblmdb's mdb.c, MDB_meta, MDB_db, MDB_page and MDB_node on 64-bit machines
"""

from __future__ import annotations

import math
import os
import struct
import time
from dataclasses import dataclass

WHOLE = 1 << 26
"""Bytes of a file whose pages are all looked at: 16,384 pages, 50 ms."""
FIRST = 1000
"""Pages that are looked at in a larger file, those next to the root first."""
MAGIC = 0xBEEFC0DE
HEAD, NODE, META = 16, 8, 152
_BRANCH, _LEAF = 1, 2
_BIG, _DUPLICATES, _FIXED_MAP = 1, 4, 1
_NO_ROOT = 2**64 - 1
_DEEPEST = 32


SETTLED = 10**9
"""Nanoseconds after which a file's time of change tells that it has not changed since."""
_examined: dict[str, tuple[int, ...]] = {}


SLACK = 16
"""Pages that may be missing at the end: those freed last need not have been written."""


class Damage(Exception):  # noqa: N818  the caller makes an error of it
    """What is wrong with a database: it "is damaged: ..."."""

    def __str__(self) -> str:
        return f"is damaged: {self.args[0]}"


class CutShort(Damage):
    """How many bytes of a file are there: it "is cut short: ..."."""

    def __str__(self) -> str:
        return f"is cut short: {self.args[0]}"


@dataclass(frozen=True)
class _Tree:
    """The newest state of a database: its first page, and the number of all."""

    width: int
    root: int
    pages: int


def examine(file: str) -> None:
    """Look at the pages of a database's file. Raises: Damage; OSError."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        about = os.fstat(descriptor)
        size = about.st_size
        tree = _newest(descriptor, size)
        if tree is None or tree.root == _NO_ROOT:
            return
        state = (about.st_dev, about.st_ino, size, about.st_mtime_ns, tree.root, tree.pages)
        if _examined.get(file) != state:
            _walk(descriptor, tree, FIRST if size > WHOLE else math.inf)
            if time.time_ns() - about.st_mtime_ns > SETTLED:
                _examined[file] = state
    finally:
        os.close(descriptor)


def _newest(descriptor: int, size: int) -> _Tree | None:
    """The state that the newer of both meta pages gives; None for what the library refuses."""
    first = _meta(os.pread(descriptor, META, 0))
    if first is None:
        return None
    second = _meta(os.pread(descriptor, META, first[1].width))
    if second is None:
        raise Damage("its second meta page is damaged")
    tree = max(first, second, key=lambda meta: meta[0])[1]
    needed = tree.pages * first[1].width
    if size < needed - SLACK * first[1].width:
        raise CutShort(f"{size:,} bytes of {needed:,}")
    return _Tree(first[1].width, tree.root, min(tree.pages, size // first[1].width))


def _meta(data: bytes) -> tuple[int, _Tree] | None:
    """The number of a meta page's transaction, and the tree; None for no meta page."""
    if len(data) < META or struct.unpack_from("<I", data, HEAD)[0] != MAGIC:
        return None
    width, flags = struct.unpack_from("<IH", data, 40)
    if width not in (1 << power for power in range(8, 17)):
        raise Damage(f"it has pages of {width:,} bytes")
    if flags & _FIXED_MAP:
        raise Damage("it asks for a fixed place in memory")
    kind, root = struct.unpack_from("<4xH34xQ", data, 88)
    if kind & _DUPLICATES:
        raise Damage("it holds several records a key, which no database of Caffe's does")
    last, transaction = struct.unpack_from("<QQ", data, 136)
    return transaction, _Tree(width, root, last + 1)


def _walk(descriptor: int, tree: _Tree, most: float) -> None:
    """Look at `most` pages from the root down, level by level."""
    level, seen, depth = [tree.root], {tree.root}, 0
    while level and len(seen) <= most:
        below: list[int] = []
        for number in level:
            if not 1 < number < tree.pages:
                raise Damage(f"page {number:,} of {tree.pages:,} is missing")
            below += _children(os.pread(descriptor, tree.width, number * tree.width), number, tree)
        if len(set(below)) < len(below) or not seen.isdisjoint(below):
            raise Damage("a page has two parents")
        seen.update(below)
        depth += 1
        if depth > _DEEPEST:
            raise Damage("its tree is too deep")
        level = below


def _children(page: bytes, number: int, tree: _Tree) -> list[int]:
    """The pages below one, once all its nodes lie inside of it."""
    _, _, flags, lower, upper = struct.unpack_from("<QHHHH", page.ljust(HEAD, b"\0"))
    kind = flags & 0x6F
    if kind not in (_BRANCH, _LEAF) or not HEAD <= lower <= upper <= len(page):
        raise Damage(f"page {number:,} is no page of a tree")
    places = struct.unpack_from(f"<{(lower - HEAD) // 2}H", page, HEAD)
    if (kind == _BRANCH and len(places) < 2) or not places:
        raise Damage(f"page {number:,} has {len(places)} nodes")
    if not all(lower <= place <= len(page) - NODE for place in places):
        raise Damage(f"a node of page {number:,} lies outside of it")
    nodes = [(place, *struct.unpack_from("<HHHH", page, place)) for place in places]
    if kind == _BRANCH:
        if any(place + NODE + key > len(page) for place, *_, key in nodes):
            raise Damage(f"a key of page {number:,} leaves it")
        return [low | high << 16 | flags << 32 for _, low, high, flags, _ in nodes]
    for place, low, high, flags, key in nodes:
        _check_record(page, place + NODE + key, low | high << 16, flags, tree)
    return []


def _check_record(page: bytes, start: int, size: int, flags: int, tree: _Tree) -> None:
    """Refuse a record that leaves its page, or its overflow pages the file."""
    inside = start + (8 if flags & _BIG else size) <= len(page)
    if not inside or flags & _DUPLICATES:
        raise Damage("a record leaves its page")
    if flags & _BIG:
        first = int.from_bytes(page[start : start + 8], "little")
        if first < 2 or first + -(-(HEAD + size) // tree.width) > tree.pages:
            raise Damage(f"a record of {size:,} bytes lies outside of the file")
