"""Weights from any file that can hold a net's: Caffe's two formats, safetensors, torch's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caffe2torch.errors import WeightsError
from caffe2torch.graph import Graph
from caffe2torch.weights import Array, ModelWeights, read_weights

TORCH = (b"PK\x03\x04", b"\x80\x02")
"""How files of torch.save begin: zip archives, and pickles of old versions."""


def read_for(path: str | os.PathLike[str], graph: Graph) -> ModelWeights:
    """Weights for the layers of a graph, whatever kind of file they are in.

    Raises: WeightsError if the file is no weights, or does not fit the graph.
    """
    tensors = read_tensors(path)
    if tensors is None:
        return read_weights(path)
    from caffe2torch.convert.state import blobs

    found = blobs(graph, tensors, os.fspath(path))
    if not found:
        raise WeightsError(
            f"{os.fspath(path)} has no tensor for any layer of the net",
            hint="its keys must be LAYER.KEY, such as " + _example(graph),
        )
    types = {node.name: node.type for node in graph.nodes if node.name in found}
    held: dict[str, list[Array | None]] = {name: list(own) for name, own in found.items()}
    return ModelWeights(os.fspath(path), graph.name, held, types)


def _example(graph: Graph) -> str:
    refs = [ref for node in graph.nodes for ref in node.params]
    return f"{refs[0].layer}.{refs[0].key}" if refs else "conv1.weight"


def read_tensors(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """A state dict from safetensors or torch.save, float32 on the CPU; None for other files.

    Raises: WeightsError if the file is damaged, or holds something else than tensors.
    """
    with Path(path).open("rb") as file:
        head = file.read(16)
    if head.startswith(TORCH):
        return _torch(path)
    return _safetensors(path) if head[8:9] == b"{" and head[:8].endswith(bytes(3)) else None


def _safetensors(path: str | os.PathLike[str]) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found: dict[str, Any] = load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{os.fspath(path)} is damaged: {error}") from None
    return {key: value.float() for key, value in found.items()}


def _torch(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A state dict that torch.save wrote, by itself or under "state_dict"; no code is run."""
    import pickle

    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise WeightsError(
            f"{os.fspath(path)} cannot be read as a state dict: {reason}",
            hint="save net.state_dict(), not the net",
        ) from None
    found = found.get("state_dict", found) if isinstance(found, Mapping) else found
    if not isinstance(found, Mapping) or not all(map(torch.is_tensor, found.values())):
        raise WeightsError(f"{os.fspath(path)} holds no state dict", hint="save net.state_dict()")
    return {str(key): value.detach().float() for key, value in found.items()}
