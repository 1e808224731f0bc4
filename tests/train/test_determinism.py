"""One seed on one machine gives the same weights, bit by bit: again, with workers, resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.importers import database
from caffe2torch.train.run import train
from caffe2torch.train.settings import Settings

NET = """layer { name: "d" type: "Data" top: "data" top: "label"
        transform_param { crop_size: 6 mirror: true scale: 0.004 }
        data_param { source: "db" batch_size: 4 backend: LMDB } }
layer { name: "c" type: "Convolution" bottom: "data" top: "c"
        convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "msra" } } }
layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
layer { name: "o" type: "Dropout" bottom: "c" top: "c" }
layer { name: "i" type: "InnerProduct" bottom: "c" top: "i"
        inner_product_param { num_output: 3 weight_filler { type: "gaussian" std: 0.1 } } }
layer { name: "l" type: "SoftmaxWithLoss" bottom: "i" bottom: "label" top: "l" }
"""


def run(name: str, **settings: object) -> bytes:
    """Train 12 iterations; return the weights as they are written."""
    Path("n.prototxt").write_text(NET)
    Path(f"{name}.prototxt").write_text(
        f'net: "n.prototxt" base_lr: 0.05 momentum: 0.9 lr_policy: "fixed" random_seed: 7 '
        f'max_iter: 12 snapshot: 6 snapshot_prefix: "{name}" solver_mode: CPU'
    )
    assert train(Settings(f"{name}.prototxt", **settings), lambda _line: None) == 0  # type: ignore[arg-type]
    return Path(f"{name}_iter_12.caffemodel").read_bytes()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory with a database of 30 random images."""
    import numpy as np

    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (30, 3 * 8 * 8), np.uint8)
    database.write(
        Path("db"),
        (
            (b"%04d" % i, pb.Datum(channels=3, height=8, width=8, data=row.tobytes(), label=i % 3)
             .SerializeToString())
            for i, row in enumerate(pixels)
        ),
    )  # fmt: skip


def test_again_and_resumed() -> None:
    first = run("a")
    assert run("a") == first
    assert run("a", snapshot="a_iter_6.solverstate") == first


@pytest.mark.parametrize("workers", ["1", "3"])
def test_with_any_number_of_workers(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run("a")
    monkeypatch.setenv("C2T_WORKERS", workers)
    assert run("a") == first


@pytest.mark.parametrize("prefetch", [1, 16])
def test_with_any_prefetch(prefetch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    first = weights(run("a"))
    text = NET.replace("batch_size: 4", f"batch_size: 4 prefetch: {prefetch}")
    monkeypatch.setitem(globals(), "NET", text)
    assert weights(run("a")) == first
    assert weights(run("a", snapshot="a_iter_6.solverstate")) == first


def weights(content: bytes) -> list[bytes]:
    """The numbers of a caffemodel; the file holds its net, too, and so how much is prefetched."""
    net = pb.NetParameter.FromString(content)
    return [blob.SerializeToString() for layer in net.layer for blob in layer.blobs]


def test_another_seed_gives_other_weights() -> None:
    first = run("a")
    Path("b.prototxt").write_text(Path("a.prototxt").read_text().replace("seed: 7", "seed: 8"))
    train(Settings("b.prototxt"), lambda _line: None)
    assert Path("a_iter_12.caffemodel").read_bytes() != first
