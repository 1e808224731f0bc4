"""Weights of a pycaffe net: copied from files, shared between nets, written to files.

Source: Caffe src/caffe/net.cpp (CopyTrainedLayersFrom, ShareTrainedLayersWith, ToProto, ToHDF5)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import WeightsError
from caffe2torch.weights import read_weights, write_caffemodel, write_caffemodel_h5

if TYPE_CHECKING:
    from caffe2torch.pycaffe.assembly import Assembly
    from caffe2torch.pycaffe.steps import Step


def _by_name(net: Assembly) -> dict[str, Step]:
    """The first layer of each name, as Caffe finds it."""
    return {step.node.name: step for step in reversed(net.steps)}


def copy_weights(net: Assembly, path: str) -> None:
    """Copy every layer of a file that the net has too. Raises: WeightsError."""
    weights, steps = read_weights(path), _by_name(net)
    for name in weights:
        if name not in steps:
            continue
        stored, step = weights[name], steps[name]
        spared = len(stored) < len(step.blobs) and not weights.types.get(name)  # HDF5: owners only
        if len(stored) != len(step.blobs) and not spared:
            raise WeightsError(
                f"Incompatible number of blobs for layer {name}: {len(step.blobs)} in the net, "
                f"{len(stored)} in {path}"
            )
        for i, array in enumerate(stored):
            if array is not None:
                blob = step.blobs[i]
                blob.data[...] = weights.fitted(name, i, blob.shape)


def share_weights(net: Assembly, other: Assembly) -> None:
    """Let the layers of `net` use the parameters of `other`. Raises: WeightsError."""
    steps = _by_name(net)
    for source in other.steps:
        target = steps.get(source.node.name)
        if target is None:
            continue
        if len(target.blobs) != len(source.blobs):
            raise WeightsError(f"Incompatible number of blobs for layer {source.node.name}")
        for i, (mine, theirs) in enumerate(zip(target.blobs, source.blobs, strict=True)):
            if mine.shape != theirs.shape:
                raise WeightsError(
                    f"Cannot share param {i} weights from layer '{source.node.name}': shape "
                    f"{theirs.shape} there, {mine.shape} here"
                )
            if mine._data is not theirs.data_memory:
                mine.share_data(theirs)
                target.refresh(i)


def description(net: Assembly) -> pb.NetParameter:
    """Return the net as Caffe writes it into a caffemodel: as it ran, weights of losses told."""
    graph = net.graph
    message = pb.NetParameter(name=graph.name, layer=graph.filtered.layer)
    for layer, node in zip(message.layer, graph.nodes, strict=True):
        if node.layer.loss and not layer.loss_weight:
            layer.loss_weight.extend(node.loss_weights)
    return message


def save_weights(net: Assembly, path: str, diffs: bool = False) -> None:
    """Write a .caffemodel. Raises: WeightsError."""
    arrays = {name: [blob.data for blob in blobs] for name, blobs in net.params().items()}
    grads = {name: [blob.diff for blob in blobs] for name, blobs in net.params().items()}
    write_caffemodel(path, description(net), arrays, grads if diffs else None)


def save_weights_hdf5(net: Assembly, path: str, diffs: bool = False) -> None:
    """Write an HDF5 file of weights; a shared parameter is written by its owner only.

    Raises: WeightsError.
    """
    owned: dict[str, Sequence[Any]] = {}
    grads: dict[str, Sequence[Any]] = {}
    for step in net.steps:
        refs = step.node.params
        owned[step.node.name] = [
            None if ref.owner else np.array(blob.data)
            for ref, blob in zip(refs, step.blobs, strict=True)
        ]
        grads[step.node.name] = [np.array(blob.diff) for blob in step.blobs]
    write_caffemodel_h5(path, owned, grads if diffs else None)
