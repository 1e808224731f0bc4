"""Caffe's HDF5 files: weights (data/LAYER/INDEX) and solver states (history/INDEX).

Source: Caffe src/caffe/net.cpp, Net::ToHDF5, Net::CopyTrainedLayersFromHDF5;
src/caffe/util/hdf5.cpp; src/caffe/solvers/sgd_solver.cpp, SnapshotSolverStateToHDF5
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.errors import WeightsError
from caffe2torch.weights import hdf5_file
from caffe2torch.weights.blob import Array

if TYPE_CHECKING:
    import h5py

Layers = dict[str, "list[Array | None]"]


def is_hdf5(path: str | os.PathLike[str]) -> bool:
    """Say whether a file begins as HDF5 files do."""
    try:
        with inputs.opened(path) as file:
            return file.read(8) == b"\x89HDF\r\n\x1a\n"
    except OSError:
        return False


@contextmanager
def opened(path: str | os.PathLike[str], kind: str, group: str) -> Iterator[Any]:
    """Open a file that has a group; whatever HDF5 stumbles over becomes a WeightsError."""
    name = os.fspath(path)

    def fail(reason: str) -> WeightsError:
        return WeightsError(f"{name} is no whole {kind}: {reason}")

    try:
        with hdf5_file.opened(name, fail) as file:
            if not hasattr(hdf5_file.member(file, group), "keys"):
                there = ", ".join(hdf5_file.names(file)) or "nothing"
                raise WeightsError(f'{name} is no {kind}: no group "{group}", only {there}')
            yield file
    except OSError as error:
        raise fail(error.strerror or str(error)) from None


def read_layers(path: str | os.PathLike[str], diffs: bool = False) -> tuple[Layers, Layers]:
    """Return the data, and if asked for the diff, of each layer; float32.

    Raises: WeightsError if the file has no such groups, or is damaged.
    """
    with opened(path, "weights file", "data") as file:
        data: Layers = {}
        _collect(file["data"], "", data)
        gradients: Layers = {}
        if diffs and "diff" in file:
            _collect(file["diff"], "", gradients)
    return data, {name: arrays for name, arrays in gradients.items() if arrays}


def _collect(group: h5py.Group, prefix: str, out: Layers) -> None:
    """Add each layer; a name with slashes, such as "conv1/3x3", is nested groups."""
    for key, member in hdf5_file.members(group):
        name = prefix + key
        if not hasattr(member, "keys"):
            raise WeightsError(f"{group.file.filename}: {member.name} is a dataset, not a layer")
        inner = dict(hdf5_file.members(member))
        numbered = [k for k in inner if k.isdecimal() and not hasattr(inner[k], "keys")]
        if numbered or not len(member):
            out[name] = _numbered(member, numbered)
        _collect_groups(member, name + "/", out)


def _collect_groups(group: h5py.Group, prefix: str, out: Layers) -> None:
    if any(hasattr(inner, "keys") for _, inner in hdf5_file.members(group)):
        _collect(group, prefix, out)


def _numbered(group: h5py.Group, keys: Sequence[str]) -> list[Array | None]:
    """Return the datasets "0", "1", ... of a group, None where one is missing."""
    count = max(map(int, keys), default=-1) + 1
    if count > 1024:
        raise WeightsError(f"{group.file.filename}: {group.name} has a parameter {count - 1}")
    return [_array(group, str(i)) if str(i) in group else None for i in range(count)]


def _array(group: h5py.Group, key: str) -> Array:
    dataset = hdf5_file.member(group, key)
    if not hdf5_file.is_numbers(dataset):
        where, what = f"{group.file.filename}: {group.name}/{key}", getattr(dataset, "dtype", "")
        raise WeightsError(f"{where} holds {what or 'no data'}, expected numbers")
    return hdf5_file.read_numbers(dataset)


def write_layers(
    path: str | os.PathLike[str],
    blobs: Mapping[str, Sequence[ArrayLike | None]],
    diffs: Mapping[str, Sequence[ArrayLike | None]] | None,
) -> None:
    """Write data/LAYER/INDEX and, if given, diff/LAYER/INDEX. Raises: WeightsError.

    A layer's name that is not UTF-8, which h5py cannot write, stands there as it is held here.
    """
    with _created(path) as file:
        for group, layers in (("data", blobs), ("diff", diffs)):
            if layers is None:
                continue
            file.create_group(group)
            for name, arrays in layers.items():
                layer = file[group].require_group(name)
                for i, array in enumerate(arrays):
                    if array is not None:
                        layer.create_dataset(str(i), data=np.asarray(array, np.float32))


@contextmanager
def _created(path: str | os.PathLike[str]) -> Iterator[Any]:
    import h5py

    try:
        with replacing(path) as aside, h5py.File(aside, "w") as file:
            yield file
    except (OSError, ValueError) as error:
        raise WeightsError(f"{os.fspath(path)} cannot be written: {error}") from None


def read_state(path: str | os.PathLike[str]) -> tuple[int, str, int, list[Array]]:
    """Return iter, learned_net, current_step and history of a .solverstate.h5 file.

    Raises: WeightsError if the file has no such datasets, or is damaged.
    """
    with opened(path, "solver state", "history") as file:
        group = file["history"]
        history = _numbered(group, [key for key in hdf5_file.names(group) if key.isdecimal()])
        whole = [array for array in history if array is not None]
        if len(whole) != len(group):
            raise WeightsError(f"{os.fspath(path)}: history is not numbered 0, 1, 2, ...")
        numbers = [_number(file, key) for key in ("iter", "current_step")]
        learned = file["learned_net"][()] if "learned_net" in file else b""
        text = bytes(learned).decode("utf-8", "surrogateescape").rstrip("\0")
        return numbers[0], text, numbers[1], whole


def _number(file: Any, key: str) -> int:
    values = _array(file, key)
    if not values.size or not np.isfinite(values.reshape(-1)[0]):
        raise WeightsError(f"{file.filename}: {key} holds no number")
    return int(values.reshape(-1)[0])


def write_state(
    path: str | os.PathLike[str],
    iteration: int,
    learned_net: str,
    current_step: int,
    history: Sequence[ArrayLike],
) -> None:
    """Write a .solverstate.h5 file that Caffe reads. Raises: WeightsError."""
    with _created(path) as file:
        file.create_dataset("iter", data=np.array([iteration], "<i4"))
        _create_string(file, "learned_net", learned_net)
        file.create_dataset("current_step", data=np.array([current_step], "<i4"))
        group = file.create_group("history")
        for i, array in enumerate(history):
            group.create_dataset(str(i), data=np.asarray(array, np.float32))


def _create_string(file: Any, name: str, value: str) -> None:
    """Write a string as the C library does: of fixed length with its final zero, which Caffe
    relies on when it reads.
    """
    import h5py

    data = value.encode("utf-8", "surrogateescape")
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(len(data) + 1)
    kind.set_strpad(h5py.h5t.STR_NULLTERM)
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    dataset = h5py.h5d.create(file.id, name.encode(), kind, space)
    dataset.write(space, space, np.array(data, f"S{len(data) + 1}"), kind)
