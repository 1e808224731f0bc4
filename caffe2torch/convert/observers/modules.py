"""Torch modules: hooks on every submodule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from caffe2torch.convert.conversion import Conversion, named, run
from caffe2torch.convert.keys import layer_of, owners, paths_of
from caffe2torch.convert.loading import load
from caffe2torch.convert.observers import Seen, name_of

SUFFIXES = (".prototxt", ".caffemodel", ".caffemodel.h5", ".safetensors", ".pt", ".pth")


def observe(path: Path, subject: Conversion, weights: Path | None) -> Seen:
    """The subject's net with the weights of a file, or another net with the subject's weights."""
    if name_of(path).endswith(".prototxt"):
        other = load(path, weights or subject.weights, "TRAIN" if subject.graph.train else "TEST")
    else:
        other = load(subject.graph.net, path, "TRAIN" if subject.graph.train else "TEST")
    return watch(other, subject)


def watch(net: nn.Module, subject: Conversion) -> Seen:
    """Run a module on the subject's inputs, and keep what its submodules give."""
    seen = Seen()

    def hook(name: str) -> Any:
        def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: object) -> None:
            seen.add(layer_of(name, by_path) or name, output)

        return keep

    leaves = [(n, module) for n, module in net.named_modules() if n and not list(module.children())]
    by_path = owners(paths_of(subject.graph, [name for name, _ in leaves], keys=False))
    handles = [module.register_forward_hook(hook(name)) for name, module in leaves]
    try:
        seen.outputs = named(subject.graph, run(net, subject.inputs))
    finally:
        for handle in handles:
            handle.remove()
    return seen
