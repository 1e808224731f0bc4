"""A database of records: LMDB, or LevelDB where its package is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.inspect.values import short, times
from caffe2torch.registry import declared
from caffe2torch.terminal import printable

if TYPE_CHECKING:
    from caffe2torch.data.sources import Source
    from caffe2torch.inspect.records import Records

MAGIC = b"\xde\xc0\xef\xbe"
MOST = 20
"""Labels and shapes in a table; JSON has all of them."""
BAR = 24


def fits(head: Head) -> bool:
    """A folder that a backend knows, or the data file of an LMDB."""
    return _kind(head) is not None


def _kind(head: Head) -> type[Source] | None:
    from caffe2torch.data import sources

    if not head.folder:
        lmdb: type[Source] = sources.registry.find("LMDB").LMDB
        return lmdb if head.start[16:20] == MAGIC else None
    kinds = (kind for module in sources.registry.all() for kind in declared(module, sources.Source))
    return next((kind for kind in kinds if kind.fits(head.path)), None)


def report(head: Head, options: Options) -> Report:
    """Count records and labels: of a sample spread over all, or of every record.

    Raises: DataError if it cannot be opened, is cut short, or a record is no Datum;
        UnsupportedError for a LevelDB without the package.
    """
    from caffe2torch.inspect.records import read

    kind = _kind(head)
    assert kind is not None
    source = kind(head.path)
    try:
        records = read(source, options.everything)
    finally:
        source.close()
    body = [f"{head.path}: {kind.backend} of {records.count:,} records", *_body(records)]
    picture = (lambda path: _draw(kind, head.path, path)) if records.drawable else None
    return Report("database", head.path, {"backend": kind.backend, **records.data}, body, picture)


def _body(records: Records) -> list[str | Table]:
    read = f"all {records.read:,}" if records.read == records.count else (
        f"{records.read:,} spread over all (--all reads every one)"
    )  # fmt: skip
    shapes = ", ".join(
        f"{times(shape)} ({count:,})" for shape, count in records.shapes.most_common(5)
    )
    rest = len(records.shapes) - 5
    first, last = (printable(key.decode("utf-8", "backslashreplace")) for key in records.ends)
    lines: list[str | Table] = [
        f"records      {records.record}, {records.storage}; looked at {read}",
        f"shapes       {shapes or 'none'}{f' and {rest} more' if rest > 0 else ''}",
        f"keys         {first} to {last}",
    ]
    return lines + (_labels(records) if records.labels else ["labels       none"])


def _labels(records: Records) -> list[str | Table]:
    counts = records.labels
    what = "boxes" if records.record == "AnnotatedDatum" else "records"
    line = (
        f"labels       {len(counts):,} different, {min(counts)} to {max(counts)}; "
        f"{min(counts.values()):,} to {max(counts.values()):,} {what} each"
    )
    most = max(counts.values())
    rows = [
        (str(label), f"{count:,}", "#" * max(round(BAR * count / most), 1))
        for label, count in sorted(counts.items())[:MOST]
    ]
    rows = [(label, bar, count) for label, count, bar in rows]
    more = [f"({len(counts) - MOST:,} more labels)"] if len(counts) > MOST else []
    return [line, "", Table(("label", "", what), rows, left=2), *more]


def _draw(kind: type[Source], path: str, png: Any) -> str:
    from caffe2torch.inspect import picture
    from caffe2torch.inspect.records import pictures

    source = kind(path)
    try:
        images, words = pictures(source)
    finally:
        source.close()
    picture.write(picture.sheet(images, words), png)
    return f"{short(len(images))} records spread over all, each with its label"
