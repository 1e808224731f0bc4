"""safetensors: the tensors of a state dict, read without torch where they lie in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch import inputs
from caffe2torch.errors import WeightsError
from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.inspect.statistics import faults, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U8": "u1", "BOOL": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "BF16": "<u2",
}  # fmt: skip


def fits(head: Head) -> bool:
    """A length of eight bytes, and JSON behind it."""
    length = int.from_bytes(head.start[:8], "little")
    return head.start[8:9] == b"{" and 2 <= length < 1 << 27


def report(head: Head, options: Options) -> Report:
    """Shapes and statistics; 1 is the code if a number is not finite.

    Raises: WeightsError if the file is damaged or cut short.
    """
    from caffe2torch.inspect.statistics import statistics

    try:
        layers = [
            {"name": name, "type": entry["dtype"],
             "blobs": [{"shape": entry["shape"], **statistics(_view(head, entry)).data}]}
            for name, entry in _entries(head).items()
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{head.path} is a safetensors file, damaged or cut short: {error}"
        raise WeightsError(what, hint="fetch or write it again") from None
    count = sum(layer["blobs"][0]["count"] for layer in layers)
    data = {"name": "", "format": "safetensors", "parameters": count, "layers": layers}
    wrong = faults(layers)
    first = f"{head.path}: safetensors: {count:,} values in {len(layers)} tensors"
    body: list[str | Table] = [first, "", table(layers), "", *(wrong or ["all of them finite"])]
    return Report("weights", head.path, data, body, code=int(bool(wrong)))


def _entries(head: Head) -> dict[str, Any]:
    """The header: name -> dtype, shape, and place behind the header."""
    with inputs.opened(head.path) as file:
        length = int.from_bytes(file.read(8), "little")
        header = inputs.parse_json(file.read(min(length, head.size)).decode("utf-8"))
    entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
    for entry in entries.values():
        entry["data_offsets"] = [8 + length + offset for offset in entry["data_offsets"]]
    return entries


def _view(head: Head, entry: dict[str, Any]) -> NDArray[Any]:
    """View one tensor in the file; bfloat16 is the upper half of float32."""
    import numpy as np

    start, end = entry["data_offsets"]
    if entry["dtype"] not in TYPES:
        raise ValueError(f"numbers of type {entry['dtype']}")
    if not 0 <= start <= end <= head.size:
        raise ValueError(f"a tensor ends at byte {end} of {head.size}")
    if start == end:
        return np.empty(entry["shape"], np.float32)
    bytes_ = np.memmap(inputs.place(head.path), np.uint8, "r", start, (end - start,))
    raw = bytes_.view(TYPES[entry["dtype"]])
    if entry["dtype"] == "BF16":
        raw = (raw.astype(np.uint32) << 16).view(np.float32)
    values: NDArray[Any] = raw.reshape(entry["shape"])
    return values
