"""Records with boxes, SSD's AnnotatedDatum, for the tools that take them beside plain ones."""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.sources.base import Buffer
from caffe2torch.errors import DataError

_INNER = 0x0A  # tag and wire type of AnnotatedDatum.datum, written first; no field of a Datum's


def is_boxed(record: Buffer) -> bool:
    """Whether a record is an AnnotatedDatum."""
    return len(record) > 0 and record[0] == _INNER


def message(record: Buffer) -> pb.AnnotatedDatum:
    """Parse an AnnotatedDatum. Raises: DataError if it is none."""
    from google.protobuf.message import DecodeError

    try:
        return pb.AnnotatedDatum.FromString(bytes(record))
    except DecodeError:
        raise DataError("is not an AnnotatedDatum") from None


def plain(record: Buffer) -> Buffer:
    """Return the serialised Datum inside of an AnnotatedDatum; a plain one as it is."""
    return message(record).datum.SerializeToString() if is_boxed(record) else record


def boxes(record: pb.AnnotatedDatum) -> Iterator[tuple[int, pb.NormalizedBBox]]:
    """Yield label and box of each object, in fractions of the image."""
    for group in record.annotation_group:
        for item in group.annotation:
            yield group.group_label, item.bbox


def fault(record: pb.AnnotatedDatum) -> str:
    """What is wrong with the first box that no image can have; "" if nothing is."""
    for label, box in boxes(record):
        corners = (box.xmin, box.ymin, box.xmax, box.ymax)
        if not (0 <= box.xmin < box.xmax <= 1 and 0 <= box.ymin < box.ymax <= 1):
            shown = ", ".join(f"{value:g}" for value in corners)
            return f"has a box of label {label} that is not inside of the image: {shown}"
    return ""
