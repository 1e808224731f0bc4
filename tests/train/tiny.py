"""A net of few weights on made-up data, for tests of the loop around it."""

from __future__ import annotations

from pathlib import Path

import lmdb
import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import upgrade
from caffe2torch.train.solver import Solver

NET = """
name: "tiny"
layer {{
  name: "data" type: "Data" top: "data" top: "label" include {{ phase: TRAIN }}
  transform_param {{ scale: 0.00390625 mirror: true crop_size: 5 }}
  data_param {{ source: "{db}" batch_size: 6 backend: LMDB }}
}}
layer {{
  name: "data" type: "Data" top: "data" top: "label" include {{ phase: TEST }}
  transform_param {{ scale: 0.00390625 crop_size: 5 }}
  data_param {{ source: "{db}" batch_size: 5 backend: LMDB }}
}}
layer {{
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param {{ num_output: 3 kernel_size: 3 weight_filler {{ type: "xavier" }} }}
}}
layer {{ name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }}
layer {{ name: "relu" type: "ReLU" bottom: "conv" top: "conv" }}
layer {{ name: "drop" type: "Dropout" bottom: "conv" top: "conv" }}
layer {{
  name: "score" type: "InnerProduct" bottom: "conv" top: "score"
  inner_product_param {{ num_output: 4 weight_filler {{ type: "xavier" }} }}
}}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }}
layer {{
  name: "accuracy" type: "Accuracy" bottom: "score" bottom: "label" top: "accuracy"
  include {{ phase: TEST }}
}}
"""

LINE = """
layer { name: "x" type: "DummyData" top: "x" top: "y"
  dummy_data_param { shape { dim: 1 dim: 1 } shape { dim: 1 dim: 1 }
    data_filler { value: 2 } data_filler { value: 3 } } }
layer { name: "w" type: "InnerProduct" bottom: "x" top: "p"
  inner_product_param { num_output: 1 bias_term: false weight_filler { value: 1 } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "p" bottom: "y" top: "loss" }
"""
"""loss = (2 w - 3)^2 / 2 with w = 1 at first, so that every step can be worked out by hand."""

SOLVER = """
net: "{folder}/net.prototxt"
type: "Adam" momentum: 0.9 base_lr: 0.01 lr_policy: "fixed" weight_decay: 0.001
test_iter: 2 test_interval: 10 display: 5 average_loss: 3
max_iter: 30 snapshot: 10 snapshot_prefix: "{folder}/snap" random_seed: 7 solver_mode: CPU
"""


def write_database(folder: Path, count: int = 22) -> None:
    """Write gray 7x7 pictures whose brightest quarter is their label."""
    random = np.random.default_rng(5)
    with lmdb.open(str(folder), map_size=1 << 22) as database, database.begin(write=True) as put:
        for i in range(count):
            pixels = random.integers(0, 120, (1, 7, 7), dtype=np.uint8)
            y, x = divmod(i % 4, 2)
            pixels[0, 3 * y : 3 * y + 4, 3 * x : 3 * x + 4] += 120
            datum = pb.Datum(channels=1, height=7, width=7, data=pixels.tobytes(), label=i % 4)
            put.put(b"%08d" % i, datum.SerializeToString())


def write(folder: Path, *, net: str = NET, solver: str = SOLVER, more: str = "") -> Path:
    """Write database, net and solver into a folder; return the solver's path."""
    if not (folder / "db").exists():
        write_database(folder / "db")
    (folder / "net.prototxt").write_text(net.format(db=folder / "db"))
    path = folder / "solver.prototxt"
    path.write_text(solver.format(folder=folder) + more)
    return path


def solver(path: Path, **changes: object) -> Solver:
    """Return a solver of the file with some fields changed; what else it takes goes with it."""
    read = upgrade.read_solver(path)
    given = {key: changes.pop(key) for key in list(changes) if key in KEYWORDS}
    for name, value in changes.items():
        setattr(read.message, name, value)
    return Solver(read, **given)


def line(folder: Path, text: str, **keywords: object) -> Solver:
    """Return a solver of the net with one weight; `text` is the rest of the solver file."""
    net = f"net_param {{ {LINE} }} snapshot_prefix: '{folder}/s' "
    policy = "" if "lr_policy" in text else "lr_policy: 'fixed' "
    return Solver(upgrade.parse_solver(net + policy + text, "s.prototxt"), **keywords)


KEYWORDS = ("options", "log", "watchers", "ranks", "requests")


def weights(running: Solver) -> dict[str, np.ndarray]:
    """Return copies of all parameters and buffers."""
    return {name: t.detach().numpy().copy() for name, t in running.net.state_dict().items()}


def assert_same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> None:
    assert a.keys() == b.keys()
    for name, value in a.items():
        assert np.array_equal(value, b[name]), name
