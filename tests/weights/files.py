"""Small files of each kind, and where those of Caffe stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch import weights
from caffe2torch.weights import SolverState

GOLDEN = Path(__file__).parents[1] / "golden"
ARRAYS = {"ip": [np.arange(6, dtype=np.float32).reshape(2, 3), np.float32([0.5, -np.inf])]}
DIFFS = {"ip": [-ARRAYS["ip"][0], np.zeros(2, np.float32)]}
READERS = {
    "caffemodel": weights.read_weights,
    "solverstate": weights.read_solverstate,
    "binaryproto": weights.read_mean,
}


def name_of(path: Path) -> str:
    return str(path.relative_to(GOLDEN))


def small_net() -> pb.NetParameter:
    net = pb.NetParameter(name="n")
    layer = net.layer.add(name="ip", type="InnerProduct", bottom=["x"], top=["y"])
    layer.inner_product_param.num_output = 2
    layer.phase = pb.TRAIN
    net.layer.add(name="relu", type="ReLU", bottom=["y"], top=["y"])
    return net


def small_files(folder: Path) -> dict[str, bytes]:
    """One small whole file of each binary kind."""
    weights.write_caffemodel(folder / "caffemodel", small_net(), ARRAYS)
    weights.write_solverstate(folder / "solverstate", SolverState(300, "w", 2, [np.ones(2)]))
    weights.write_mean(folder / "binaryproto", np.ones((1, 2, 2)))
    return {kind: (folder / kind).read_bytes() for kind in READERS}
