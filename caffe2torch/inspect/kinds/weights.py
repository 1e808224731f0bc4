"""Trained weights: a caffemodel, binary of any age or HDF5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch.inspect.binary import has_weights
from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.inspect.statistics import faults, table

if TYPE_CHECKING:
    from caffe2torch.weights import ModelWeights


def fits(head: Head) -> bool:
    """Layers with parameters; in HDF5 a group "data" of groups."""
    if head.hdf5 is not None:
        return head.hdf5.get("data", False)
    return head.message == "NetParameter" and has_weights(head.path)


def report(head: Head, options: Options) -> Report:
    """Read every number once, where it lies in the file; 1 is the code if one is not finite.

    Raises: WeightsError if the file is damaged.
    """
    from caffe2torch.inspect.statistics import statistics

    weights = _read(head)
    layers: list[dict[str, Any]] = []
    for name, arrays in weights.items():
        blobs = [
            None if array is None else {"shape": array.shape, **statistics(array).data}
            for array in arrays
        ]
        layers.append({"name": name, "type": weights.types.get(name, ""), "blobs": blobs})
    form = "HDF5" if head.hdf5 is not None else "binary"
    count = sum(blob["count"] for layer in layers for blob in layer["blobs"] if blob)
    data = {"name": weights.name, "format": form, "parameters": count, "layers": layers}
    return Report("weights", head.path, data, _body(head, data), code=int(bool(faults(layers))))


def _read(head: Head) -> ModelWeights:
    from caffe2torch.inspect.binary import mapped
    from caffe2torch.weights.model import read_weights, read_wire

    if head.hdf5 is not None:
        return read_weights(head.path)
    with mapped(head.path, "caffemodel") as wire:
        return read_wire(wire)


def _body(head: Head, data: dict[str, Any]) -> list[str | Table]:
    held = [layer for layer in data["layers"] if layer["blobs"]]
    name = f" of {data['name']!r}" if data["name"] else ""
    first = (
        f"{head.path}: weights{name}, {data['format']}: {data['parameters']:,} parameters "
        f"in {len(held)} of {len(data['layers'])} layers"
    )
    wrong = faults(data["layers"])
    return [first, "", table(held), "", *(wrong or ["all of them finite"])]
