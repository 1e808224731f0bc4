"""The Python API of Caffe, so that old programs run unchanged.

    from caffe2torch import pycaffe as caffe

`c2t run script.py` runs a program that says `import caffe`. docs/pycaffe.md lists every name and
where it differs. torch is imported when the first net is made, not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from caffe2torch.caffe_pb2 import TEST, TRAIN
from caffe2torch.pycaffe import alias, io
from caffe2torch.pycaffe.classifier import Classifier
from caffe2torch.pycaffe.detector import Detector
from caffe2torch.pycaffe.net import Net
from caffe2torch.pycaffe.net_spec import NetSpec, layers, params, to_proto
from caffe2torch.pycaffe.python_layer import Layer
from caffe2torch.pycaffe.settings import (
    NCCL,
    Timer,
    has_nccl,
    init_log,
    layer_type_list,
    log,
    set_device,
    set_engine,
    set_mode_cpu,
    set_mode_gpu,
    set_multiprocess,
    set_random_seed,
    set_solver_count,
    set_solver_rank,
    solver_count,
    solver_rank,
)
from caffe2torch.pycaffe.solver import (
    AdaDeltaSolver,
    AdaGradSolver,
    AdamSolver,
    NesterovSolver,
    RMSPropSolver,
    SGDSolver,
    get_solver,
)

if TYPE_CHECKING:
    from caffe2torch.pycaffe import coord_map as coord_map
    from caffe2torch.pycaffe import draw as draw

# Modules of a program that say `import caffe`, such as its Python layers, get this one, unless
# there is a real one.
alias.install()

__version__ = "1.0.0"  # the Caffe whose API this is: programs ask for it

# Modules that `import caffe` did not import either, but programs forget to.
_MODULES = ("_caffe", "coord_map", "draw", "proto", "pycaffe")

__all__ = [
    "NCCL",
    "TEST",
    "TRAIN",
    "AdaDeltaSolver",
    "AdaGradSolver",
    "AdamSolver",
    "Classifier",
    "Detector",
    "Layer",
    "NesterovSolver",
    "Net",
    "NetSpec",
    "RMSPropSolver",
    "SGDSolver",
    "Timer",
    "get_solver",
    "has_nccl",
    "init_log",
    "io",
    "layer_type_list",
    "layers",
    "log",
    "params",
    "set_device",
    "set_engine",
    "set_mode_cpu",
    "set_mode_gpu",
    "set_multiprocess",
    "set_random_seed",
    "set_solver_count",
    "set_solver_rank",
    "solver_count",
    "solver_rank",
    "to_proto",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
