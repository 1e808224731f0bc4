"""Changes files by what their format is made of, so that most of them pass the first check.

A PNG's checksums are made anew; pages of an LMDB keep their sizes; HDF5 files are written with
whatever the library can write, or changed where their structure is; lists name pictures that are
there. As in `mutate`, a mutator takes bytes, random numbers and other inputs.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from tools.fuzzing import mutate

PNG = b"\x89PNG\r\n\x1a\n"
PAGE, HEAD = 4096, 16
STRUCTURES = (b"TREE", b"HEAP", b"SNOD", b"OHDR", b"OCHK", b"FRHP", b"FSHD", b"BTHD", b"\x89HDF")
NAMES = (
    b"data", b"label", b"0", b"1", b"conv1", b"ip", b"learned_net", b"iter", b"history",
       b"\xff\xfe", b"\xc8\xab", b"n" * 300, b".", b"..", b"a b", b"\x1b[2J", "‮x".encode(), b"__c",
)  # fmt: skip


def mutate_image(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Change chunks of a PNG; the head of other images."""
    if not data.startswith(PNG) or chance.random() < 0.2:
        return mutate.mutate_head(data, chance, others)
    chunks = _chunks(data)
    for _ in range(1 + int(chance.expovariate(0.7))):
        at = chance.randrange(len(chunks))
        name, content = chunks[at]
        kind = chance.random()
        if kind < 0.1 and len(chunks) > 1:
            del chunks[at]
        elif kind < 0.2:
            chunks.insert(chance.randrange(len(chunks) + 1), chunks[at])
        elif kind < 0.3:
            chunks[at] = (chance.choice((b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"zTXt")), content)
        elif name == b"IDAT" and kind < 0.8:
            chunks[at] = (name, _repacked(content, chance))
        else:
            chunks[at] = (name, mutate.flip(content, chance))
    return PNG + b"".join(_chunk(name, content) for name, content in chunks)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], len(PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks or [(b"IHDR", b"")]


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def _repacked(content: bytes, chance: random.Random) -> bytes:
    """Compressed data with other content, or another length of it."""
    try:
        return zlib.compress(mutate.flip(zlib.decompress(content), chance))
    except zlib.error:
        return mutate.flip(content, chance)


def mutate_lmdb(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Change records of a database, or the heads, pointers and nodes of its pages."""
    pages = [bytearray(data[at : at + PAGE]) for at in range(0, len(data), PAGE)]
    for _ in range(1 + int(chance.expovariate(0.7))):
        page = chance.choice(pages)
        kind = chance.random()
        if kind < 0.6 and _mutate_node(page, chance, others):
            continue
        if kind < 0.85:
            at = chance.randrange(0, 160 if page in pages[:2] else 48, 2)
            value = chance.choice((0, 1, 2, 3, 15, 16, 255, 4095, 4096, 32768, 65535))
            page[at : at + 2] = value.to_bytes(2, "little")
        elif kind < 0.9:
            pages[chance.randrange(len(pages))][:] = page
        elif kind < 0.95 and len(pages) > 3:
            pages.pop()
        else:
            page[:] = mutate.flip(bytes(page), chance)[:PAGE].ljust(PAGE, b"\0")
    return b"".join(pages)


def _mutate_node(page: bytearray, chance: random.Random, others: Sequence[bytes]) -> bool:
    """Change a node of a leaf in its place: its record, or its head. False if there is none."""
    flags, lower = struct.unpack_from("<HH", page, 10)
    nodes = [
        at
        for i in range(HEAD, min(lower, PAGE), 2)
        if HEAD < (at := int.from_bytes(page[i : i + 2], "little")) < PAGE - 8
    ]
    if not flags & 2 or not nodes:
        return False
    at = chance.choice(nodes)
    low, high, _kind, key = struct.unpack_from("<4H", page, at)
    start, size = at + 8 + key, low | high << 16
    if chance.random() < 0.25 or start + size > PAGE:
        value = chance.choice((0, 1, 8, 255, 4096, 65535))
        struct.pack_into("<H", page, at + chance.choice((0, 2, 4, 6)), value)
        return True
    record = mutate.mutate_wire(bytes(page[start : start + size]), chance, others)[:size]
    page[start : start + len(record)] = record
    return True


def mutate_hdf5(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Write a file of any structure, or change one where its structure is."""
    if chance.random() < 0.3:
        data = _written(chance)
        if chance.random() < 0.7:
            return data
    if chance.random() < 0.3:
        return mutate.mutate_bytes(data, chance, others)
    places = [at for sign in STRUCTURES for at in _all(data, sign)]
    out = bytearray(data)
    for _ in range(1 + int(chance.expovariate(0.7))):
        at = chance.choice(places or [0]) + chance.choice((0, 4, 8, 16, 24, 40, 64, 96, 128))
        changed = mutate.flip(bytes(out[at : at + 16]), chance)
        out[at : at + len(changed)] = changed
    return bytes(out[: len(data)])


def _all(data: bytes, sign: bytes) -> list[int]:
    places, at = [], data.find(sign)
    while at >= 0:
        places.append(at)
        at = data.find(sign, at + 1)
    return places


def _written(chance: random.Random) -> bytes:
    """A file with groups, datasets and links of any name and type."""
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        groups: list[Any] = [file]
        for _ in range(chance.randrange(1, 8)):
            try:
                _add(chance.choice(groups), groups, chance)
            except (ValueError, OSError, RuntimeError, TypeError, KeyError):
                continue  # a name that is taken, a filter that does not fit
    return memory.getvalue()


def _add(group: Any, groups: list[Any], chance: random.Random) -> None:
    import h5py

    name = chance.choice(NAMES)
    kind = chance.random()
    if kind < 0.3:
        groups.append(group.create_group(name))
    elif kind < 0.4:
        group[name] = chance.choice((
            h5py.SoftLink("/" + chance.choice(("data", "0", "none"))), chance.choice(groups),
            h5py.ExternalLink("other.h5", "/data"), h5py.SoftLink(name.decode(errors="replace")),
        ))  # fmt: skip
    elif kind < 0.5:
        group.attrs[name.decode(errors="replace")] = chance.choice((1, "text", [1.5, 2.5]))
    else:
        _add_dataset(group, name, chance)


def _add_dataset(group: Any, name: bytes, chance: random.Random) -> None:
    import h5py
    import numpy as np

    shape = tuple(chance.choice((0, 1, 2, 3, 5)) for _ in range(chance.randrange(5)))
    type_ = chance.choice((
        "f4", "f8", "f2", "i4", "u1", "i8", ">f4", "S5", "?", "c8", h5py.string_dtype(),
        h5py.vlen_dtype(np.dtype("f4")), np.dtype([("a", "f4"), ("b", "i2")]), h5py.ref_dtype,
        h5py.enum_dtype({"A": 0, "B": 1}),
    ))  # fmt: skip
    options: dict[str, Any] = {}
    if shape and all(shape) and chance.random() < 0.5:
        options = chance.choice((
            {"compression": "gzip"}, {"chunks": True}, {"maxshape": (None, *shape[1:])},
            {"fletcher32": True}, {"shuffle": True}, {"compression": "lzf"},
        ))  # fmt: skip
    if chance.random() < 0.1:
        group.create_dataset(name, data=h5py.Empty("f4"))
    else:
        group.create_dataset(name, shape=shape, dtype=type_, **options)


def mutate_list(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Change lines, names and labels of a list; now and then bytes."""
    lines = data.split(b"\n")
    for _ in range(1 + int(chance.expovariate(0.7))):
        at = chance.randrange(len(lines))
        name, _, label = lines[at].rpartition(b" ")
        kind = chance.random()
        if kind < 0.3:
            numbers = (*mutate.NUMBERS, b"", b"1 2 3", b"\xd9\xa1", b"0.5", b"-")
            lines[at] = name + b" " + chance.choice(numbers)
        elif kind < 0.5:
            lines[at] = chance.choice(mutate.TEXTS).strip(b"\"'") + b" " + label
        elif kind < 0.6:
            lines[at] += chance.choice((b"\r", b" ", b"\t", b"\0", b"\x0b", b"\xc2\xa0"))
        elif kind < 0.75:
            lines.insert(at, lines[at] if chance.random() < 0.7 else b"")
        elif kind < 0.85 and len(lines) > 1:
            del lines[at]
        else:
            lines[at] = mutate.flip(lines[at], chance)
    return b"\n".join(lines)
