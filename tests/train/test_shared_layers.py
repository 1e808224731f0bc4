"""What test nets share with the train net, by the losses that Caffe 1.0 printed for these nets."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import upgrade
from caffe2torch.train.solver import Solver
from caffe2torch.weights import write_caffemodel

TEST = "include { phase: TEST }"
STRICT = 'param { name: "w" }'
PERMISSIVE = 'param { name: "w" share_mode: PERMISSIVE }'
DATA = (
    'layer { name: "d" type: "HDF5Data" top: "data" top: "extra" top: "label" '
    'hdf5_data_param { source: "list.txt" batch_size: 6 } }\n'
    'layer { name: "unread" type: "Silence" bottom: "extra" }\n'
)
SOLVER = (
    'net: "net.prototxt" test_iter: 1 test_interval: 2 base_lr: 0.5 lr_policy: "fixed" '
    'max_iter: 4 weights: "w.caffemodel"'
)


def ip(name: str, bottom: str, n: int, share: str, rule: str = "") -> str:
    param = f"inner_product_param {{ num_output: {n} bias_term: false }}"
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{name}" '
        f"{share} {param} {rule} }}\n"
    )


def loss(name: str, bottom: str, rule: str = "") -> str:
    return (
        f'layer {{ name: "{name}" type: "SoftmaxWithLoss" bottom: "{bottom}" bottom: "label" '
        f'top: "{name}" {rule} }}\n'
    )


def ramp(*shape: int) -> np.ndarray:
    return ((np.arange(np.prod(shape)) * 3 % 7) / 10 - 0.3).reshape(shape).astype(np.float32)


def write(net: str) -> None:
    """Write the net, its data and weights of the layers that are trained."""
    n, k = np.ogrid[:6, :4]
    x = ((7 * n + 5 * k) % 11 / 11 - 0.5).astype(np.float32)
    with h5py.File("data.h5", "w") as file:
        file["data"], file["extra"] = x, x[:, :3]
        file["label"] = (np.arange(6) % 3).astype(np.float32)
    Path("list.txt").write_text("data.h5\n")
    Path("net.prototxt").write_text(DATA + net)
    blobs = {"a": [ramp(3, 4)], "c": [ramp(4, 3) + np.float32(0.05)]}
    layers = [pb.LayerParameter(name=name, type="InnerProduct") for name in blobs]
    write_caffemodel("w.caffemodel", pb.NetParameter(layer=layers), blobs)


ALONE = loss("loss", "a") + loss("loss_p", "p", TEST)
CHAIN = loss("loss", "c") + loss("loss_p", "p", TEST)
TRAINED, KEPT = [0.984949, 0.933632, 0.886661], [0.984949] * 3
LONG, SHORT = [1.37209, 1.33904, 1.29385], [1.41865] * 3


@pytest.mark.parametrize(
    ("net", "losses"),
    [
        pytest.param(
            ip("p", "data", 3, STRICT, TEST) + ip("a", "data", 3, STRICT) + ALONE,
            {"loss": TRAINED, "loss_p": KEPT},
            id="the owner is in TEST only",
        ),
        pytest.param(
            ip("a", "data", 3, STRICT) + ip("p", "data", 3, STRICT, TEST) + ALONE,
            {"loss": TRAINED, "loss_p": KEPT},
            id="the owner is trained",
        ),
        pytest.param(
            ip("p", "data", 3, STRICT, TEST) + ip("a", "data", 3, STRICT)
            + ip("q", "data", 3, STRICT, TEST) + ALONE + loss("loss_q", "q", TEST),
            {"loss": TRAINED, "loss_p": KEPT, "loss_q": KEPT},
            id="two in TEST only",
        ),
        pytest.param(
            ip("p", "extra", 4, PERMISSIVE, TEST) + ip("a", "data", 3, PERMISSIVE)
            + ip("c", "a", 4, PERMISSIVE) + CHAIN,
            {"loss": LONG, "loss_p": SHORT},
            id="of another shape, the owner in TEST only",
        ),
        pytest.param(
            ip("a", "data", 3, PERMISSIVE) + ip("p", "extra", 4, PERMISSIVE, TEST)
            + ip("c", "a", 4, PERMISSIVE) + CHAIN,
            {"loss": LONG, "loss_p": SHORT},
            id="of another shape, the owner trained",
        ),
    ],
)  # fmt: skip
def test_layers_are_shared_by_their_names(
    net: str, losses: dict[str, list[float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(net)
    solver = Solver(upgrade.parse_solver(SOLVER))
    tests: list[dict[str, float]] = []
    for _ in range(3):
        blobs = solver.tests[0].run()
        tests.append({name: blobs[name].item() for name in losses})
        solver.step(2)
    solver.close()
    for name, wanted in losses.items():
        assert [row[name] for row in tests] == pytest.approx(wanted, rel=1e-5), name
