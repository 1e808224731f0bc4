"""Nets that ask for too much are refused before anything of them is made."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.errors import GraphError
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph
from caffe2torch.module import limits

DATA = """layer { name: "d" type: "DummyData" top: "d" top: "l" dummy_data_param {
          shape { dim: 2 dim: 3 dim: 8 dim: 8 } shape { dim: 2 } } }
"""
IP = 'layer { name: "ip" type: "InnerProduct" bottom: "%s" top: "ip" inner_product_param { %s } }\n'
LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "l" top: "loss" }\n'
WIDE = DATA + IP % ("d", "num_output: 10000000") + LOSS
"""7.7 GB of weights in 400 bytes."""
FAR = DATA.replace("dim: 3 dim", "dim: 10000000 dim") + IP % ("d", "num_output: 2") + LOSS
"""5.1 GB of data."""
SOLVER = 'net: "n.prototxt" base_lr: 1 lr_policy: "fixed" max_iter: 1 '


def graph(text: str, phase: str = "TRAIN") -> Graph:
    net = upgrade.parse_net(text, "n.prototxt").filled()
    return build_graph(net, net_state(net, phase, None, ()))


@pytest.mark.parametrize(
    ("use", "bytes_"),
    [
        ("build", 4 * (192 * 5 + 5)),
        ("run", 4 * (192 * 5 + 5 + 2 * 192 + 2 * 5)),
        ("train", 4 * (2 * (192 * 5 + 5) + 2 * 192 + 2 * 5)),
    ],
)
def test_what_a_net_takes_at_least(use: limits.Use, bytes_: int) -> None:
    net = graph(DATA + IP % ("d", "num_output: 5") + LOSS)
    assert limits.required(net, use) == bytes_


def test_training_keeps_each_memory_once() -> None:
    relus = "".join(
        f'layer {{ name: "r{i}" type: "ReLU" bottom: "ip" top: "ip" }}\n' for i in range(9)
    )
    wide = DATA + IP % ("d", "num_output: 1000")
    plain, more = graph(wide + LOSS), graph(wide + relus + LOSS)
    assert limits.required(more, "train") == limits.required(plain, "train")
    chain = "".join(
        f'layer {{ name: "r{i}" type: "ReLU" bottom: "{f"t{i - 1}" if i else "ip"}" top: "t{i}" }}'
        for i in range(9)
    )
    apart = graph(wide + chain + LOSS.replace('"ip"', '"t8"'))
    assert limits.required(apart, "train") > limits.required(plain, "train") + 4 * 7 * 2000


@pytest.mark.parametrize("command", [
    "convert n.prototxt -o o", "convert n.prototxt --flat -o o", "time n.prototxt",
    "test n.prototxt --weights w.caffemodel", "train s.prototxt --no-lint", "train s.prototxt",
    "lr-find s.prototxt", "probe s.prototxt", "verify n.prototxt --against o.py",
])  # fmt: skip
def test_weights_without_end_are_refused_at_their_layer(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limits, "free_memory", lambda: 1_000_000_000)
    Path("n.prototxt").write_text(WIDE)
    Path("o.py").write_text("")
    Path("w.caffemodel").write_bytes(b"\n\1x")
    Path("s.prototxt").write_text(SOLVER)
    result = CliRunner().invoke(cli, command.split())
    assert result.exit_code == 2, result.output
    assert 'n.prototxt:3:1: layer "ip" (InnerProduct) takes 7.8 GB, most of it weights' in (
        result.output
    )
    assert "needs at least" in result.output
    assert "1.0 GB are free" in result.output
    assert not Path("o").exists()


@pytest.mark.parametrize("command", ["time n.prototxt", "train s.prototxt --no-lint"])
def test_blobs_beyond_the_memory_are_refused(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limits, "free_memory", lambda: 1_000_000_000)
    Path("n.prototxt").write_text(FAR)
    Path("s.prototxt").write_text(SOLVER)
    result = CliRunner().invoke(cli, command.split())
    assert result.exit_code == 2, result.output
    assert "1.0 GB are free" in result.output
    assert "C2T_MEMORY=" in result.output


def test_the_limit_can_be_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(limits.MEMORY, "0.001")
    with pytest.raises(GraphError, match="1.0 MB are free"):
        limits.check_memory(graph(DATA + IP % ("d", "num_output: 5000") + LOSS), "build")
    monkeypatch.setenv(limits.MEMORY, "1000000")
    limits.check_memory(graph(FAR), "train")


def test_a_net_may_take_three_quarters_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    net = graph(DATA + IP % ("d", "num_output: 5000") + LOSS)
    needed = limits.required(net, "train")
    monkeypatch.setattr(limits, "free_memory", lambda: int(needed / 0.75) + 2)
    limits.check_memory(net, "train")
    monkeypatch.setattr(limits, "free_memory", lambda: int(needed / 0.76))
    with pytest.raises(GraphError, match=r"10\.2 MB are free, of which it may take 7\.7 MB"):
        limits.check_memory(net, "train")


def test_too_many_layers_are_refused_with_the_way_to_try_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = graph(DATA + IP % ("d", "num_output: 5") + LOSS)
    with pytest.raises(GraphError, match="has 3 layers, and nets of up to 2 are built") as error:
        limits.check_layers(net, 2)
    assert error.value.hint == "to try it all the same: C2T_MOST_LAYERS=3 c2t ..."
    monkeypatch.setenv(limits.LAYERS, "3")
    limits.check_layers(net, 2)


def test_free_memory_is_within_ulimit() -> None:
    free = limits.free_memory()
    assert free is None or free > 10_000_000
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    low = 1 << 44
    if soft in (resource.RLIM_INFINITY,) and hard in (resource.RLIM_INFINITY,):
        resource.setrlimit(resource.RLIMIT_AS, (low, hard))
        try:
            assert limits.free_memory() <= low  # type: ignore[operator]
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.mark.parametrize(("value", "refused"), [
    ("2", True), ("1e9", False), ("inf", False), ("nan", False), ("-1", False), ("many", False),
])  # fmt: skip
def test_a_limit_on_layers_that_is_no_limit_is_none(
    value: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(limits.LAYERS, value)
    net = graph(DATA + IP % ("d", "num_output: 5") + LOSS)
    if refused:
        with pytest.raises(GraphError, match="has 3 layers, and nets of up to 2 are built"):
            limits.check_layers(net)
    else:
        limits.check_layers(net)


@pytest.mark.parametrize("value", ["inf", "nan", "-1"])
def test_a_limit_on_memory_that_is_no_limit_is_none(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(limits.MEMORY, value)
    limits.check_memory(graph(DATA + IP % ("d", "num_output: 5") + LOSS), "train")


LSTM = """layer { name: "d" type: "DummyData" top: "d" top: "cont" dummy_data_param {
  shape { dim: %d dim: 1 dim: 2 } shape { dim: %d dim: 1 } } }
layer { name: "l" type: "%s" bottom: "d" bottom: "cont" top: "h" recurrent_param { num_output: 2 } }
"""
GROUPS = """layer { name: "d" type: "DummyData" top: "d"
                    dummy_data_param { shape { dim: 1 dim: %d dim: 1 dim: 1 } } }
layer { name: "c" type: "Convolution" bottom: "d" top: "c"
        convolution_param { num_output: %d kernel_size: 1 group: %d } }
"""


@pytest.mark.parametrize(
    ("few", "many", "steps"),
    [
        (LSTM % (10_000, 10_000, "LSTM"), LSTM % (10_001, 10_001, "LSTM"), 10_001),
        (LSTM % (10_000, 10_000, "RNN"), LSTM % (200_000, 200_000, "RNN"), 200_000),
        (GROUPS % ((4096,) * 3), GROUPS % ((10**6,) * 3), 50_000),
    ],
)
def test_too_many_steps_are_refused_at_their_layer(
    few: str, many: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits.check_layers(graph(few))
    with pytest.raises(GraphError, match=f"takes {steps:,} steps one after the other") as refused:
        limits.check_layers(graph(many))
    assert f"C2T_MOST_STEPS={steps} c2t" in str(refused.value)
    assert refused.value.span is not None and refused.value.span.line > 1
    monkeypatch.setenv("C2T_MOST_STEPS", str(steps))
    limits.check_layers(graph(many))


def test_random_weights_beyond_a_gigabyte_are_not_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.prototxt").write_text(WIDE)
    result = CliRunner().invoke(cli, ["convert", "n.prototxt", "-o", "o"])
    assert result.exit_code == 2
    assert "needs at least 7.7 GB, and 1.0 GB are usual for random weights" in result.output
    assert not Path("o").exists()


def test_what_torch_export_would_unroll_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.prototxt").write_text(LSTM % (200, 200, "LSTM"))
    result = CliRunner().invoke(cli, ["convert", "n.prototxt", "--to", "exported", "-o", "o.pt2"])
    assert "takes 200 steps one after the other" in result.output
    assert "nets of up to 100 are exported" in result.output
    assert result.exit_code in (1, 2)
    assert not Path("o.pt2").exists()
