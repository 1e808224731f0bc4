"""caffe2torch: read, check, train and convert Caffe networks with PyTorch.

Public names are resolved on first use, so that `import caffe2torch` costs nothing and
the parts that do without torch never import it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caffe2torch import cv2 as cv2
    from caffe2torch import inspect as inspect
    from caffe2torch import lint as lint
    from caffe2torch.convert.loading import load as load
    from caffe2torch.data.dataset import LMDBDataset as LMDBDataset
    from caffe2torch.errors import C2TError as C2TError
    from caffe2torch.format.upgrade import read_net as read_net
    from caffe2torch.format.upgrade import read_solver as read_solver
    from caffe2torch.layers._python import allow_python_layers as allow_python_layers
    from caffe2torch.module import nn as nn
    from caffe2torch.train import optim as optim
    from caffe2torch.train.solver import Solver as Solver
    from caffe2torch.weights import read_mean as read_mean
    from caffe2torch.weights import read_weights as read_weights

__version__ = "1.0.0rc1"

# Public name -> the module that defines it.
_PUBLIC = {
    "C2TError": "caffe2torch.errors",
    "LMDBDataset": "caffe2torch.data.dataset",
    "Solver": "caffe2torch.train.solver",
    "allow_python_layers": "caffe2torch.layers._python",
    "load": "caffe2torch.convert.loading",
    "read_mean": "caffe2torch.weights",
    "read_net": "caffe2torch.format.upgrade",
    "read_solver": "caffe2torch.format.upgrade",
    "read_weights": "caffe2torch.weights",
}
# Public modules, for `caffe2torch.nn.X` without importing it first.
_MODULES = {
    "cv2": "caffe2torch.cv2",
    "inspect": "caffe2torch.inspect",
    "lint": "caffe2torch.lint",
    "nn": "caffe2torch.module.nn",
    "optim": "caffe2torch.train.optim",
}

__all__ = ["__version__", *_MODULES, *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_PUBLIC})
