"""caffe.pycaffe: where programs of old imported Net and the solvers from."""

from caffe2torch.pycaffe.net import Net
from caffe2torch.pycaffe.settings import NCCL, Timer
from caffe2torch.pycaffe.solver import (
    AdaDeltaSolver,
    AdaGradSolver,
    AdamSolver,
    NesterovSolver,
    RMSPropSolver,
    SGDSolver,
)

__all__ = [
    "NCCL",
    "AdaDeltaSolver",
    "AdaGradSolver",
    "AdamSolver",
    "NesterovSolver",
    "Net",
    "RMSPropSolver",
    "SGDSolver",
    "Timer",
]  # fmt: skip
