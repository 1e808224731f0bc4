"""What to say about a file that none of the kinds fits."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.errors import C2TError, DataError, ParseError
from caffe2torch.format import schema
from caffe2torch.inspect.head import Head
from caffe2torch.terminal import printable

KNOWN = (
    "c2t inspect knows nets, solvers, weights, solver states, means, databases, HDF5 data and lists"
)
_TORCH = "compare it with `c2t diff-weights`, or write safetensors (`c2t convert --to safetensors`)"
_AGAIN = "fetch or write it again"
_STARTS = {
    b"\x80": ("a Python pickle, such as an old PyTorch checkpoint", _TORCH),
    b"\x1f\x8b": ("compressed with gzip", "unpack it first"),
    b"BZh": ("compressed with bzip2", "unpack it first"),
    b"\xfd7zXZ": ("compressed with xz", "unpack it first"),
    b"\x93NUMPY": ("a NumPy array", "read it with numpy.load"),
    b"\x89PNG": ("a PNG picture", "databases and lists of pictures are inspected"),
    b"\xff\xd8\xff": ("a JPEG picture", "databases and lists of pictures are inspected"),
    b"SQLite format 3": ("an SQLite database", "Caffe reads LMDB and LevelDB"),
    b"\x00\x00\x08\x03": ("an idx file of images", "make a database of it: `c2t import idx`"),
    b"\x00\x00\x08\x01": ("an idx file of labels", "make a database of it: `c2t import idx`"),
    b"\x7fELF": ("a program", KNOWN),
    b"%PDF": ("a PDF", KNOWN),
}
_ENOUGH = 3


def refusal(head: Head) -> C2TError:
    """Return the error that says what the file is instead, and what to do."""
    if head.folder:
        return _folder(head)
    if head.is_text:
        return _text(head)
    if head.start.startswith(b"PK\x03\x04"):
        return _zip(head)
    for start, (what, hint) in _STARTS.items():
        if head.start.startswith(start):
            return DataError(f"{head.path} is {what}", hint=hint)
    what = schema.other_format(head.start)
    if what:
        return DataError(f"{head.path} is {what}", hint=KNOWN)
    if head.message == "Datum":
        return DataError(f"{head.path} is one record of a database", hint="inspect the database")
    first = head.start[:8].hex(" ")
    return DataError(f"{head.path} is of no kind that c2t knows (it begins {first})", hint=KNOWN)


def _zip(head: Head) -> DataError:
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(head.path) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError):
        return DataError(f"{head.path} is a zip archive, damaged or cut short", hint=_AGAIN)
    if names and all(name.endswith(".npy") for name in names):
        return DataError(f"{head.path} is NumPy's .npz archive", hint="read it with numpy.load")
    return DataError(f"{head.path} is a zip archive", hint="unpack it first")


def _folder(head: Head) -> DataError:
    inside = sorted(p.name for p in Path(head.path).iterdir())
    shown = ", ".join(map(printable, inside[:_ENOUGH])) + (", ..." if inside[_ENOUGH:] else "")
    return DataError(
        f"{head.path} is a folder, but no database: neither data.mdb (LMDB) nor CURRENT (LevelDB)",
        hint=f"name a file in it: {shown}" if inside else "it is empty; make the database again",
    )


def _text(head: Head) -> C2TError:
    if head.is_log:
        return DataError(f"{head.path} is a log of Caffe's", hint=KNOWN)
    if head.fields:
        names = ", ".join(sorted(map(printable, head.fields))[:_ENOUGH])
        return ParseError(
            f"{head.path} is no net or solver: it has {names}",
            hint="a net has layer { ... }, a solver base_lr and net",
        )
    return ParseError(f"{head.path} is text, but no prototxt and no list", hint=KNOWN)
