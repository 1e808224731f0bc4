"""Takes records from all over a database without reading its keys one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caffe2torch.data.sources.base import Source

STRETCHES = 8
_DIGITS = re.compile(rb"\d+")


def stretches(source: Source, limit: int) -> Iterator[tuple[int, bytes, bytes | memoryview]]:
    """Yield (stretch, key, record) of about `limit` records, or of all if there are fewer.

    They come in up to eight stretches of neighbours, at keys spread evenly between the first
    and the last, so that what the order of the records is like can be seen too.
    """
    cursor = source.cursor()
    first = cursor.key
    cursor.last()
    last = cursor.key
    whole = len(source) <= limit
    starts = [first] if whole else [between(first, last, i / STRETCHES) for i in range(STRETCHES)]
    length = len(source) if whole else max(1, limit // STRETCHES)
    done = b""
    for stretch, start in enumerate(starts):
        if not cursor.seek(max(start, done)):
            return
        for _ in range(length):
            yield stretch, cursor.key, cursor.value
            if not cursor.step():
                return
        done = cursor.key


def between(first: bytes, last: bytes, share: float) -> bytes:
    """Return a key that lies about `share` of the way from `first` to `last`.

    Keys that start with equally many digits, as Caffe's tools write them, count as numbers.
    """
    low, high = _DIGITS.match(first), _DIGITS.match(last)
    if low and high and len(low[0]) == len(high[0]):
        number = int(low[0]) + round((int(high[0]) - int(low[0])) * share)
        return b"%0*d" % (len(low[0]), number) if share else first
    size = 16
    a, b = (int.from_bytes(key[:size].ljust(size, b"\0"), "big") for key in (first, last))
    return (a + int((b - a) * share)).to_bytes(size, "big") if share else first
