"""What HDF5 files hold in their further tops: labels of each task, maps, flags, targets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch.lint.finding import Finding
from tests.lint.checks import Folder, only

N = 128
RNG = np.random.default_rng(3)
PIXELS = RNG.normal(0, 1, (N, 1, 16, 16))
CLASSES, FLAGS = np.arange(N) % 6, np.arange(N) % 2
BODY = """
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 8 kernel_size: 3 pad: 1 weight_filler { type: "msra" } }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
"""


def head(name: str, outputs: int, loss: str) -> str:
    """Scores and a loss of them, whose further bottoms and settings `loss` holds."""
    return f"""
layer {{
  name: "{name}" type: "InnerProduct" bottom: "conv" top: "{name}"
  inner_product_param {{ num_output: {outputs} weight_filler {{ type: "xavier" }} }}
}}
layer {{ name: "loss_{name}" bottom: "{name}" top: "loss_{name}" {loss} }}
"""


def lint(folder: Folder, net: str, tops: Mapping[str, np.ndarray]) -> list[Finding]:
    """All findings on a net that reads these datasets."""
    for phase in ("train", "test"):
        with h5py.File(f"{phase}.h5", "w") as file:
            for name, values in {"data": PIXELS, **tops}.items():
                file[name] = values.astype(np.float32)
        Path(f"{phase}.txt").write_text(f"{phase}.h5\n", encoding="utf-8")
    names = " ".join(f'top: "{name}"' for name in ("data", *tops))
    data = "".join(
        f'layer {{ name: "data" type: "HDF5Data" {names} include {{ phase: {phase.upper()} }} '
        f'hdf5_data_param {{ source: "{phase}.txt" batch_size: 32 }} }}\n'
        for phase in ("train", "test")
    )
    return folder.write(net=data + BODY + net).lint()


TASKS = head("age", 6, 'type: "SoftmaxWithLoss" bottom: "age_label"') + head(
    "sex", 2, 'type: "SoftmaxWithLoss" bottom: "sex_label"'
)


def test_each_task_has_its_own_labels(folder: Folder) -> None:
    found = lint(folder, TASKS, {"age_label": CLASSES, "sex_label": FLAGS})
    assert not [f.text for f in found if f.severity == "error"]
    assert not only(found, "C2T406")


def test_a_label_of_the_second_task_out_of_range(folder: Folder) -> None:
    (one,) = only(lint(folder, TASKS, {"age_label": CLASSES, "sex_label": FLAGS + 1}), "C2T112")
    assert one.message == 'labels are 1 to 2, but layer "loss_sex" (SoftmaxWithLoss) has 2 classes'
    assert "50% of the labels" in one.why


@pytest.mark.parametrize(
    ("ignore", "count"), [("", 1), ("loss_param { ignore_label: 255 }", 0)], ids=["read", "ignored"]
)
def test_maps_of_labels(folder: Folder, ignore: str, count: int) -> None:
    maps = RNG.integers(0, 4, (N, 1, 16, 16))
    maps[:, :, :2] = 255
    net = (
        'layer { name: "score" type: "Convolution" bottom: "conv" top: "score" convolution_param '
        '{ num_output: 4 kernel_size: 1 weight_filler { type: "xavier" } } }\n'
        'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "map" top: "loss" '
        f"{ignore} }}"
    )
    found = only(lint(folder, net, {"map": maps}), "C2T112")
    assert len(found) == count
    assert all("ignore_label: 255" in f.hint and f.fix is None for f in found)


DISTANCE = 'type: "EuclideanLoss" bottom: "point"'


@pytest.mark.parametrize(
    ("kind", "low", "count"),
    [("ReLU", -1.0, 1), ("Sigmoid", -1.0, 1), ("TanH", -1.0, 0), ("ReLU", 0.0, 0)],
)
def test_targets_that_an_activation_cannot_reach(
    folder: Folder, kind: str, low: float, count: int
) -> None:
    net = head("to", 4, DISTANCE)
    squash = f'layer {{ name: "squash" type: "{kind}" bottom: "to" top: "to" }}\n'
    net = net.replace('layer { name: "loss_to"', squash + 'layer { name: "loss_to"')
    found = only(lint(folder, net, {"point": RNG.uniform(low, 1, (N, 4))}), "C2T405")
    assert len(found) == count
    assert all(f'layer "squash" ({kind})' in f.message for f in found)


def test_targets_beyond_probabilities(folder: Folder) -> None:
    net = head("tag", 4, 'type: "SigmoidCrossEntropyLoss" bottom: "tags"')
    tags = RNG.integers(0, 2, (N, 4))
    (one,) = only(lint(folder, net, {"tags": tags * 2 - 1}), "C2T405")
    assert "targets from -1 to 1" in one.message and one.severity == "error"
    assert not only(lint(folder, net, {"tags": tags}), "C2T405")


@pytest.mark.parametrize(("size", "count"), [(1.0, 0), (640.0, 1)])
def test_large_targets_make_the_rate_too_high(folder: Folder, size: float, count: int) -> None:
    """Coordinates in pixels: at 0.001 a run of 200 steps went from 2e5 to 3e13."""
    folder.solver({"base_lr: 0.02": "base_lr: 0.001"})
    points = RNG.uniform(0, size, (N, 4))
    found = only(lint(folder, head("to", 4, DISTANCE), {"point": points}), "C2T301")
    assert len(found) == count


def pairs(flags: np.ndarray, margin: float = 1.0) -> tuple[str, dict[str, np.ndarray]]:
    loss = head("a", 2, 'type: "ContrastiveLoss" bottom: "other" bottom: "same"')
    loss = loss.replace(
        'top: "loss_a"', f'top: "loss_a" contrastive_loss_param {{ margin: {margin} }}'
    )
    return loss, {"other": RNG.normal(0, 1, (N, 2)), "same": flags}


@pytest.mark.parametrize(
    ("flags", "margin", "says"),
    [
        (FLAGS, 1.0, ""),
        (FLAGS * 0 + 1, 1.0, "gets only similar pairs"),
        (FLAGS * 0, 1.0, "gets only dissimilar pairs"),
        (CLASSES, 1.0, "gets flags of 0 to 5"),
        (FLAGS, 0.0, "has margin 0"),
    ],
    ids=["both", "similar", "dissimilar", "classes", "margin"],
)
def test_pairs(folder: Folder, flags: np.ndarray, margin: float, says: str) -> None:
    found = only(lint(folder, *pairs(flags, margin)), "C2T405")
    assert [says in f.message for f in found] == [True] * bool(says)


@pytest.mark.parametrize(("first", "count"), [(0, 1), (1, 0)])
def test_markers_of_sequences(folder: Folder, first: int, count: int) -> None:
    cont = np.full((N, 1), first)
    cont[::8] = 0
    net = (
        'layer { name: "lstm" type: "LSTM" bottom: "steps" bottom: "cont" top: "lstm" '
        'recurrent_param { num_output: 4 weight_filler { type: "xavier" } } }\n'
    ) + head("sex", 2, 'type: "SoftmaxWithLoss" bottom: "sex_label"')
    tops = {"steps": RNG.normal(0, 1, (N, 1, 3)), "cont": cont, "sex_label": FLAGS}
    net += 'layer { name: "quiet" type: "Silence" bottom: "lstm" }\n'
    found = only(lint(folder, net, tops), "C2T115")
    assert len(found) == 2 * count  # TRAIN and TEST
    assert all("remembers nothing" in f.message for f in found)
