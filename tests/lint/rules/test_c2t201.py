"""C2T201 signal-vanishes."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import DEAD, chain

CODE = "C2T201"


def test_xavier_and_a_scale_in_a_deep_net(folder: Folder) -> None:
    folder.write(net=chain(14, "xavier", scale=0.0005)).solver({"base_lr: 0.02": "base_lr: 0.01"})
    finding = fires(folder, CODE, "std of only", severity="error")
    assert "xavier in front of ReLU loses √2 a layer, 1/128 over 14" in finding.why
    assert "Multiplying base_lr by 1/scale" in finding.why
    assert "C2T206 filler-activation-mismatch" in finding.also


def test_all_ways_out_come_with_numbers(folder: Folder) -> None:
    finding = fires(folder.write(net=chain(14, "xavier", scale=0.04)), CODE)
    for way in ("msra fillers in 14 layers: logit std", "BatchNorm and Scale"):
        assert any(way in text for text in finding.ways_out)


def test_a_faint_signal_is_a_warning(folder: Folder) -> None:
    folder.write(net=chain(10, "xavier", scale=0.02)).solver({"base_lr: 0.02": "base_lr: 0.001"})
    fires(folder, CODE, severity="warning")


def test_tiny_weights_that_grow_at_once_are_an_info(folder: Folder) -> None:
    """As BVLC's cifar10_full. Trained at 0.02: 97 % after 300 steps."""
    folder.write(net=chain(2, 'gaussian" std: 0.0001'))
    assert not [f for f in folder.lint() if f.code.startswith("C2T2") and f.severity != "info"]


def test_a_rate_that_is_too_high_once_they_have_grown(folder: Folder) -> None:
    """Trained at 0.2: still at ln 10 after 1000 steps; but few layers recovered in other runs."""
    folder.write(net=chain(2, 'gaussian" std: 0.0001')).solver({"base_lr: 0.02": "base_lr: 0.2"})
    fires(folder, "C2T207", severity="warning")


@pytest.mark.parametrize(
    "net",
    [
        chain(14, "msra"),
        chain(3, "xavier"),
        chain(6, "msra", last='constant" value: 0'),  # a last layer of zeros is meant so
    ],
)
def test_healthy(folder: Folder, net: str) -> None:
    check_noop(folder.write(net=net), CODE)


def test_pretrained_weights_are_no_matter_of_fillers(folder: Folder) -> None:
    folder.weights = "old.caffemodel"
    check_noop(folder.write(net=chain(14, "xavier", scale=0.0005)), CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=chain(14, "xavier", scale=0.02)), CODE)
    assert texts["train_val.prototxt"].count('"msra"') == 14


def test_nets_that_branch_were_seen_to_train(folder: Folder) -> None:
    """Beside each convolution stands another one, as in a SqueezeNet's expand layers."""
    net = DEAD
    for i in range(2, 15):
        side = (
            f'layer {{ name: "side{i}" type: "Convolution" bottom: "conv{i - 1}" top: "side{i}" '
            "convolution_param { num_output: 16 kernel_size: 1 "
            'weight_filler { type: "xavier" } } }\n'
            f'layer {{ name: "join{i}" type: "Eltwise" bottom: "conv{i}" bottom: "side{i}" '
            f'top: "join{i}" eltwise_param {{ coeff: 0.7 coeff: 0.7 }} }}\n'
        )
        act = f'layer {{ name: "act{i}" type: "ReLU" bottom: "conv{i}" top: "conv{i}" }}\n'
        assert act in net
        net = net.replace(act, side + act.replace(f'"conv{i}"', f'"join{i}"'))
        net = net.replace(f'  bottom: "conv{i}"\n', f'  bottom: "join{i}"\n')
    fires(folder.write(net=net), CODE, severity="info")


def test_a_hidden_layer_of_zeros_that_wakes_is_not_called_dead(folder: Folder) -> None:
    """C2T203 says what it does: with weights in it the signal passes."""
    filler = 'weight_filler { type: "msra" }'
    head, filled = chain(2, activation="").split('name: "conv2"')
    folder.write(net=f'{head}name: "conv2"{filled.replace(filler, "", 1)}')
    check_noop(folder, CODE)
    fires(folder, "C2T203", 'layer "conv2"', severity="info")
