"""Converted Python files: the net's class, with the weights beside the file."""

from __future__ import annotations

import runpy
from pathlib import Path

from torch import nn

from caffe2torch import inputs
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.loading import read_tensors
from caffe2torch.convert.observers import Seen
from caffe2torch.convert.observers.modules import watch
from caffe2torch.errors import DataError

SUFFIXES = (".py",)


def observe(path: Path, subject: Conversion, weights: Path | None) -> Seen:
    """Run the file's net; without a file of weights it gets the subject's."""
    net = _instance(path)
    beside = [path.with_suffix(end) for end in (".safetensors", ".pt")]
    file = weights or next((one for one in beside if one.is_file()), None)
    tensors = read_tensors(file, translated=False) if file else subject.state
    if tensors is None:
        raise DataError(f"{file} is no state dict", hint="safetensors or .pt, as convert writes")
    net.load_state_dict(tensors)
    return watch(net.train(subject.graph.train), subject)


def _instance(path: Path) -> nn.Module:
    """The last class of the file that is a module and takes no arguments."""
    namespace = runpy.run_path(inputs.place(path), run_name="converted")
    kinds = [value for value in namespace.values() if _is_own_module(value)]
    for kind in reversed(kinds):
        try:
            net: nn.Module = kind()
        except TypeError:
            continue
        return net
    raise DataError(f"{path} has no torch module that takes no arguments")


def _is_own_module(value: object) -> bool:
    is_module = isinstance(value, type) and issubclass(value, nn.Module)
    return is_module and getattr(value, "__module__", "") == "converted"
