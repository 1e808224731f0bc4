"""HDF5 of other content than weights and states: what HDF5Data layers read."""

from __future__ import annotations

from typing import Any

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.inspect.values import times
from caffe2torch.weights import hdf5_file

DEEPEST = 32
SAMPLE = 1 << 22
"""Values of a dataset that are read without --all: its first rows."""


def fits(head: Head) -> bool:
    """Neither the group "data" of weights nor the group "history" of a state."""
    return head.hdf5 is not None and not (head.hdf5.get("data") or head.hdf5.get("history"))


def report(head: Head, options: Options) -> Report:
    """Shape, type and statistics of each dataset. Raises: DataError if one cannot be read."""
    with hdf5_file.opened(head.path, head.damaged) as file:
        datasets = [_dataset(*item, options) for item in _walk(file, "")]
    rows = [_cells(one) for one in datasets]
    faults = [f"{one['name']}: {one['fault']}" for one in datasets if one.get("fault")]
    part = [one for one in datasets if one.get("rows", 0) < (one["shape"] or [0])[0]]
    note = ["statistics of the first rows (--all reads all)"] if part else []
    body: list[str | Table] = [
        f"{head.path}: HDF5 of {len(datasets)} dataset{'s' if len(datasets) != 1 else ''}",
        "",
        Table(("dataset", "type", "shape", "mean", "std", "min", "max"), rows, left=3),
        *note,
        *(f"not finite: {fault}" for fault in faults),
    ]
    return Report("hdf5", head.path, {"datasets": datasets}, body, code=int(bool(faults)))


def _walk(group: Any, prefix: str) -> list[tuple[str, Any]]:
    if prefix.count("/") > DEEPEST:
        raise ValueError(f"groups lie in each other more than {DEEPEST} deep")
    members = []
    for name, member in hdf5_file.members(group):
        if hasattr(member, "keys"):
            members += _walk(member, f"{prefix}{name}/")
        else:
            members.append((prefix + name, member))
    return members


def _dataset(name: str, dataset: Any, options: Options) -> dict[str, Any]:
    from caffe2torch.inspect.statistics import gathered

    shape = dataset.shape or ()
    facts: dict[str, Any] = {"name": name, "type": str(dataset.dtype), "shape": list(shape)}
    if dataset.dtype.kind not in "fiu" or not shape or not dataset.size:
        return facts
    step = max(1, SAMPLE // max(dataset.size // shape[0], 1))
    hdf5_file.check_rows(dataset, shape[0] if options.everything else min(step, shape[0]))
    facts["rows"] = shape[0] if options.everything else min(step, shape[0])
    stats = gathered(dataset[at : at + step] for at in range(0, facts["rows"], step))
    return {**facts, **stats.data, "fault": stats.fault}


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    from caffe2torch.inspect.values import number

    numbers = [number(one[key]) if key in one else "" for key in ("mean", "std", "min", "max")]
    return (one["name"], one["type"], times(one["shape"]), *numbers)
