"""A solver of least squares on eight fixed numbers a sample, for the tests of pycaffe."""

from __future__ import annotations

import numpy as np

from caffe2torch import pycaffe as caffe

NET = """
layer { name: "data" type: "DummyData" top: "data" top: "target"
  dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 1 } }
  param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 } }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "target" top: "loss" }
"""
SOLVER = """
net: "net.prototxt" base_lr: 0.1 momentum: 0.9 weight_decay: 0.01 lr_policy: "step" gamma: 0.5
stepsize: 2 test_iter: 2 test_interval: 3 max_iter: 5 random_seed: 2 snapshot_prefix: "s"
"""


def filled(solver: caffe.SGDSolver) -> caffe.SGDSolver:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(4, 3)), random.normal(size=(4, 2))
    for net in (solver.net, *solver.test_nets):
        net.blobs["data"].data[...], net.blobs["target"].data[...] = x, y
    return solver


def arrays(solver: caffe.SGDSolver) -> list[np.ndarray]:
    return [blob.data.copy() for blob in solver.net.params["ip"]]
