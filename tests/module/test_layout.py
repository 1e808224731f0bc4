"""NCHW or NHWC: how it is chosen, what the trial leaves alone, and that numbers stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from caffe2torch.format.upgrade import read_net, read_solver
from caffe2torch.graph import build_graph
from caffe2torch.module import layout
from caffe2torch.module.layout import NCHW, NHWC, choose, multiplications
from caffe2torch.module.options import Options
from caffe2torch.module.runner import Runner
from caffe2torch.train.solver import Solver
from caffe2torch.weights import read_weights

NET = """
layer { name: "data" type: "DummyData" top: "data" top: "label"
  dummy_data_param { shape { dim: 4 dim: 3 dim: 16 dim: 16 } shape { dim: 4 }
    data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 1 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 8 kernel_size: 3 weight_filler { type: "msra" } } }
layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
  inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return runner_of(tmp_path, NET)


def runner_of(folder: Path, text: str) -> Runner:
    file = folder / "net.prototxt"
    file.write_text(text)
    return Runner(build_graph(read_net(str(file)), phase="TRAIN"), Options(), seed=1)


def test_multiplications_are_filters_times_places_times_images(runner: Runner) -> None:
    """8·3·3·3 weights at 16×16 places, the larger side, of 4 images."""
    assert multiplications(runner.graph) == 8 * 27 * 16 * 16 * 4


def test_the_trial_leaves_the_net_and_random_numbers_alone(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "SMALL", 0.0)
    before = {key: value.clone() for key, value in runner.net.state_dict().items()}
    random = torch.get_rng_state()
    chosen = choose(runner)
    assert chosen in (NCHW, NHWC)
    assert torch.equal(torch.get_rng_state(), random)
    for key, value in runner.net.state_dict().items():
        torch.testing.assert_close(value, before[key], rtol=0, atol=0)
        assert value.is_contiguous()
    assert all(parameter.grad is None for parameter in runner.net.parameters())
    (file,) = layout.cache_folder().iterdir()
    assert json.loads(file.read_text())["layout"] == chosen


@pytest.mark.parametrize("known", [NCHW, NHWC])
def test_what_was_chosen_before_is_taken(runner: Runner, known: str) -> None:
    choose(runner)
    (file,) = layout.cache_folder().iterdir()
    file.write_text(json.dumps({"layout": known}))
    assert choose(runner) == known


@pytest.mark.parametrize("content", ["", "[]", '{"layout": "chwn"}', "{"])
def test_a_spoiled_cache_is_made_anew(runner: Runner, content: str) -> None:
    choose(runner)
    (file,) = layout.cache_folder().iterdir()
    file.write_text(content)
    assert choose(runner) in (NCHW, NHWC)
    assert json.loads(file.read_text())["layout"] in (NCHW, NHWC)


def test_large_nets_take_nhwc_and_nets_without_convolutions_nchw_without_a_trial(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trial(_: Runner) -> None:
        raise AssertionError("no trial is due")

    monkeypatch.setattr(layout, "_try", trial)
    monkeypatch.setattr(layout, "LARGE", multiplications(runner.graph) - 1)
    assert choose(runner) == NHWC
    lines = NET.splitlines(keepends=True)
    plain = [line for line in lines if "conv" not in line]
    text = "".join(plain).replace("msra", "xavier")
    start = text.index("  pooling_param")  # the pooling's own line names the convolution's blob
    end = text.index("\n", start) + 1
    text = (text[:start] + text[end:]).replace('bottom: "pool"', 'bottom: "data"')
    assert choose(runner_of(tmp_path, text)) == NCHW


def test_training_gives_the_same_weights_in_both_and_goes_on_in_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.prototxt").write_text(NET.replace('type: "Dropout"', 'type: "ReLU"'))
    weights = {}
    for chosen in (NCHW, NHWC):
        (tmp_path / "solver.prototxt").write_text(
            'net: "net.prototxt" base_lr: 0.01 lr_policy: "fixed" momentum: 0.9 max_iter: 4 '
            f'random_seed: 3 snapshot_prefix: "{chosen}"'
        )
        solver = Solver(read_solver("solver.prototxt"), Options(layout=chosen))
        solver.step(2)
        state = solver.snapshot()
        solver.step(2)
        straight = solver.net.state_dict()
        again = Solver(read_solver("solver.prototxt"), Options(layout=NCHW))
        again.restore(state)
        assert again.train.layout == chosen
        again.step(2)
        for key, value in again.net.state_dict().items():
            torch.testing.assert_close(value, straight[key], rtol=0, atol=0)
        weights[chosen] = read_weights(state.replace(".solverstate", ".caffemodel"))
    filters = solver.net.get_submodule("conv").weight
    assert filters.is_contiguous(memory_format=torch.channels_last)
    for layer in ("conv", "bn", "ip"):
        for mine, theirs in zip(weights[NCHW][layer], weights[NHWC][layer], strict=True):
            torch.testing.assert_close(
                torch.tensor(mine), torch.tensor(theirs), rtol=1e-4, atol=1e-5
            )


def test_one_channel_gets_the_strides_too_since_torch_goes_by_them() -> None:
    images = layout.laid_out(torch.rand(2, 1, 5, 4), NHWC)
    assert images.stride() == (20, 1, 4, 1)
    assert layout.laid_out(torch.rand(2, 7), NHWC).shape == (2, 7)
    convolved = torch.nn.functional.conv2d(images, layout.laid_out(torch.rand(3, 1, 2, 2), NHWC))
    assert convolved.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", [(4, 1, 3, 5), (1, 1, 1, 1), (2, 1, 1, 7), (2, 3, 4, 5), (2, 6)])
def test_a_batch_in_nhwc_has_its_strides_and_one_channel_is_not_copied(
    shape: tuple[int, ...],
) -> None:
    batch = torch.arange(float(torch.Size(shape).numel())).view(shape)
    turned = layout.laid_out(batch, NHWC)
    assert torch.equal(turned, batch)
    if len(shape) == 4:
        other = torch.empty(shape, memory_format=torch.channels_last)
        assert turned.stride() == other.stride()
        assert (turned.data_ptr() == batch.data_ptr()) == (shape[1] == 1)
    every_second = torch.zeros(2, 2, 3, 4)[:, :1]
    assert layout.laid_out(every_second, NHWC).stride() == (12, 1, 4, 1)
