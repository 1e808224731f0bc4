"""Changes inputs the way people, tools and attackers do: by structure first, then by bytes.

A mutator takes bytes, a random number generator and other inputs of the corpus, and returns bytes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache

from caffe2torch import caffe_pb2 as pb

TOKEN = re.compile(
    rb'#[^\n]*|"(?:\\.|[^"\\\n])*"|[A-Za-z_]\w*|[-+.\w]+|[{}:;,<>\[\]]|\s+|.', re.DOTALL
)
NUMBERS = (
    b"0", b"1", b"-1", b"2", b"3", b"255", b"65536", b"2147483647", b"2147483648", b"-2147483648",
    b"4294967295", b"9223372036854775807", b"1e38", b"-1e38", b"3.5e38", b"nan", b"inf", b"-inf",
    b"1e-45", b".5", b"1.", b"0x7f", b"010", b"1f", b"- 1", b"true", b"99999999999999999999",
)  # fmt: skip
TEXTS = (
    b'""', b'"a"', b"'b'", rb'"\x00"', rb'"\033[2J"', rb'"\377"', b'"../x"', b'"/dev/zero"',
    b'"/"', b'"a" "b"', b'"\xc8\xab"', b'"\xe2\x80\xae"', rb'"\7"', b'"' + b"n" * 300 + b'"',
)  # fmt: skip
EDGES = (
    0,
    1,
    2,
    3,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    1 << 16,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
)


@cache
def words() -> tuple[bytes, ...]:
    """Names of fields, types and enum values of Caffe's schema."""
    names = {
        field.name.encode()
        for message in pb.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
    }
    from caffe2torch import layers

    types = {b'"' + layer.type.encode() + b'"' for layer in layers.every()}
    return tuple(sorted(names | types))


def mutate_text(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Change tokens of prototxt: their order, number and values; now and then a byte."""
    tokens = TOKEN.findall(data[:20_000]) or [b""]
    for _ in range(1 + int(chance.expovariate(0.7))):
        at = chance.randrange(len(tokens))
        kind = chance.random()
        if kind < 0.15:
            del tokens[at : at + chance.choice((1, 1, 2, 5))]
        elif kind < 0.25:
            end = at + chance.choice((1, 2, 5, 20))
            tokens[at:at] = tokens[at:end] * chance.choice((1, 1, 2))
        elif kind < 0.35:
            other = TOKEN.findall(chance.choice(others)[:20_000]) or [b""]
            start = chance.randrange(len(other))
            tokens[at:at] = other[start : start + chance.choice((1, 3, 10, 40))]
        elif kind < 0.92:
            tokens[at] = _replaced(tokens[at], chance)
        else:
            tokens[at] = flip(tokens[at] or b" ", chance)
        tokens = tokens or [b""]
    return b"".join(tokens)


def _replaced(token: bytes, chance: random.Random) -> bytes:
    """A token of the same kind, or now and then of another one."""
    first = token[:1]
    if chance.random() < 0.1:
        return chance.choice((*NUMBERS, *TEXTS, b"{", b"}", b"[", b"]", b":", b","))
    if first in b"\"'":
        return chance.choice((*TEXTS, *(w for w in chance.sample(words(), 20) if w[:1] == b'"')))
    if first.isdigit() or first in b"-+.":
        return chance.choice(NUMBERS)
    if first.isalpha():
        return chance.choice(words())
    return chance.choice((b"", b" ", b"\n", token + token))


def mutate_wire(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Change fields of a protobuf message at any depth; now and then bytes of it."""
    for _ in range(1 + int(chance.expovariate(0.7))):
        data = _wire_once(data, chance, others) if chance.random() < 0.8 else flip(data, chance)
    return data


def _wire_once(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    fields = list(_fields(data))
    if not fields:
        return flip(data, chance)
    head, start, end, wire = chance.choice(fields)
    content = data[start:end]
    kind = chance.random()
    if wire == 2 and kind < 0.5:  # go down, where there is something below
        inner = _wire_once(content, chance, others) if len(content) > 1 else content
        return data[:head] + _tag(data, head) + _varint(len(inner)) + inner + data[end:]
    if kind < 0.6:
        return data[:head] + data[end:]
    if kind < 0.7:
        return data[:end] + data[head:end] * chance.choice((1, 2, 30)) + data[end:]
    if kind < 0.8:
        number = _varint(chance.randrange(1, 200) << 3 | chance.choice((0, 1, 2, 2, 5)))
        return data[:head] + number + data[start if wire != 2 else start - 1 :]
    if wire == 0:
        return data[:start] + _varint(chance.choice(EDGES)) + data[end:]
    if wire == 2 and kind < 0.9:  # a length that lies
        return data[:head] + _tag(data, head) + _varint(chance.choice(EDGES)) + data[start:]
    if kind < 0.95:
        other = chance.choice(others)
        at = chance.randrange(len(other) + 1)
        return data[:head] + other[at : at + chance.choice((1, 4, 16, 64))] + data[head:]
    return data[:start] + bytes(chance.randrange(256) for _ in content[:64]) + data[end:]


def _fields(data: bytes) -> list[tuple[int, int, int, int]]:
    """Offsets of head, content and end, and the wire type, of each field while they are whole."""
    at, out = 0, []
    while at < len(data):
        tag, start = _number(data, at)
        wire = tag & 7
        end = start
        if wire == 0:
            _, end = _number(data, start)
        elif wire == 2:
            length, start = _number(data, start)
            end = start + length
        else:
            end = start + {1: 8, 5: 4}.get(wire, 1 << 40)
        if not tag >> 3 or end > len(data) or end <= at:
            break
        out.append((at, start, end, wire))
        at = end
    return out


def _tag(data: bytes, head: int) -> bytes:
    return data[head : _number(data, head)[1]]


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(at, min(at + 10, len(data))):
        value |= (data[i] & 127) << 7 * (i - at)
        if data[i] < 128:
            return value, i + 1
    return 0, len(data) + 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def mutate_bytes(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Change bytes of any format: flip, overwrite by edges, cut, repeat, splice."""
    for _ in range(1 + int(chance.expovariate(0.5))):
        data = flip(data, chance)
    if chance.random() < 0.05:
        other = chance.choice(others)
        at, there = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
        data = data[:at] + other[there:]
    return data


def mutate_head(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """As `mutate_bytes`, but mostly in the first bytes, where formats have their heads."""
    if chance.random() < 0.7:
        at = chance.choice((64, 128, 512))
        return mutate_bytes(data[:at], chance, others) + data[at:]
    return mutate_bytes(data, chance, others)


def flip(data: bytes, chance: random.Random) -> bytes:
    """One change of some bytes."""
    if not data:
        return bytes([chance.randrange(256)])
    at, kind = chance.randrange(len(data)), chance.random()
    if kind < 0.35:
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if kind < 0.55:
        return data[:at] + bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF))]) + data[at + 1 :]
    if kind < 0.75:
        width = chance.choice((2, 4, 8))
        order = chance.choice(("little", "big"))
        value = chance.choice(EDGES) & (1 << 8 * width) - 1
        return data[:at] + value.to_bytes(width, order) + data[at + width :]
    if kind < 0.85:
        return data[:at]
    if kind < 0.95:
        return data[:at] + data[at : at + chance.choice((1, 2, 8, 64))] + data[at:]
    return data[:at] + data[at + chance.choice((1, 2, 8, 64)) :]
