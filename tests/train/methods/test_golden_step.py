"""The first update of every recorded run: Caffe's raw gradient in, Caffe's weights out."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config import policies
from caffe2torch.train import methods

GOLDEN = Path(__file__).parents[2] / "golden" / "solvers"
CASES = {c["name"]: c for c in json.loads((GOLDEN / "index.json").read_text())["cases"]}


def parse(path: Path, message):
    return text_format.Parse(path.read_text(), message)


def weights_before(case) -> dict[str, np.ndarray]:
    net = pb.NetParameter.FromString((GOLDEN / case["init"]).read_bytes())
    return {
        f"{layer.name}:{i}": np.array(blob.data, np.float32).reshape(blob.shape.dim)
        for layer in net.layer
        for i, blob in enumerate(layer.blobs)
    }


def multipliers(solver: pb.SolverParameter) -> dict[str, tuple[float, float, str]]:
    """Return "layer:i" -> lr_mult, decay_mult and shared name, as the train net writes them."""
    if solver.HasField("train_net_param"):
        net = solver.train_net_param
    elif solver.HasField("net_param"):
        net = solver.net_param
    else:
        net = parse(GOLDEN / (solver.net or solver.train_net), pb.NetParameter())
    return {
        f"{layer.name}:{i}": (spec.lr_mult, spec.decay_mult, spec.name)
        for layer in net.layer
        for i, spec in enumerate(layer.param)
    }


@pytest.mark.parametrize("name", CASES)
def test_first_update_is_caffes(name: str) -> None:
    case = CASES[name]
    message = parse(GOLDEN / case["solver"], pb.SolverParameter())
    if message.HasField("solver_type"):
        old = pb.SolverParameter.SolverType.Name(message.solver_type)
        message.type = next(stem for stem in methods.known() if stem.upper() == old)
    solver = SimpleNamespace(message=message, span=lambda _field: None)
    run, before, specs = np.load(GOLDEN / case["npz"]), weights_before(case), multipliers(message)
    keys = [key.partition(":")[2] for key in run.files if key.startswith("grad@0:")]
    keys = [key for key in keys if not key.startswith("bn:")]  # moved by the forward pass
    owners = {}
    for key in keys:
        owners.setdefault(specs.get(key, (1, 1, ""))[2] or key, key)
    params = {key: torch.tensor(before[key]) for key in owners.values()}
    for key, param in params.items():
        param.grad = torch.tensor(run["grad@0:" + key])
    entries = [(p, *specs.get(key, (1.0, 1.0, ""))[:2]) for key, p in params.items()]
    optimizer = methods.from_solver(solver, entries)
    rate = policies.from_solver(solver).rate(0)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    for key, param in params.items():
        np.testing.assert_allclose(
            param.numpy(), run["w@1:" + key], rtol=1e-6, atol=6e-8, err_msg=key
        )
