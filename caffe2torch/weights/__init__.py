"""Reads and writes what Caffe keeps on disk besides prototxt: weights, means, solver states.

No torch here: numbers are NumPy float32 arrays in Caffe's layout.
"""

from caffe2torch.weights.blob import Array, read_mean, write_blob, write_mean
from caffe2torch.weights.model import (
    ModelWeights,
    read_structure,
    read_weights,
    write_caffemodel,
    write_caffemodel_h5,
)
from caffe2torch.weights.state import SolverState, read_solverstate, write_solverstate

__all__ = [
    "Array",
    "ModelWeights",
    "SolverState",
    "read_mean",
    "read_solverstate",
    "read_structure",
    "read_weights",
    "write_blob",
    "write_caffemodel",
    "write_caffemodel_h5",
    "write_mean",
    "write_solverstate",
]
