"""C2T427 odd-one-out."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T427"
POOL = (
    'layer { name: "pool" type: "Pooling" bottom: "conv5" top: "pool5" '
    "pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
)


def test_a_forgotten_relu(folder: Folder) -> None:
    """In front of a pooling, so that it is no linear pair (C2T407)."""
    act = 'layer { name: "act5" type: "ReLU" bottom: "conv5" top: "conv5" }\n'
    net = chain(10).replace(act, POOL).replace('bottom: "conv5"\n', 'bottom: "pool5"\n')
    finding = fires(folder.write(net=net), CODE, severity="warning")
    assert finding.message == '9 of 10 layers have a ReLU behind them, "conv5" has none'


def test_an_odd_pad(folder: Folder) -> None:
    head, tail = chain(10).split('name: "conv5"', 1)
    folder.write(net=f'{head}name: "conv5"{tail.replace("pad: 1", "pad: 2", 1)}')
    fires(folder, CODE, '8 of 9 layers have pad 1, "conv5" has pad 2', severity="info")


def test_the_first_pad_may_differ(folder: Folder) -> None:
    check_noop(folder.write(net=chain(12).replace("pad: 1", "pad: 2", 1)), CODE)


def test_an_odd_filler(folder: Folder) -> None:
    head, tail = chain(10).split('name: "conv5"', 1)
    folder.write(net=f'{head}name: "conv5"{tail.replace("msra", "xavier", 1)}')
    fires(folder, CODE, "have a msra filler", '"conv5" has a xavier filler', severity="info")


@pytest.mark.parametrize(("rate", "at"), [("10", "conv5"), ("0.1", "conv7"), ("100", "conv1")])
def test_an_odd_rate(folder: Folder, rate: str, at: str) -> None:
    head, tail = chain(10).split(f'name: "{at}"', 1)
    folder.write(net=f'{head}name: "{at}" param {{ lr_mult: {rate} }}{tail}')
    says = f'9 of 10 layers have lr_mult 1, "{at}" has lr_mult {rate}'
    fires(folder, CODE, says, severity="info")


@pytest.mark.parametrize("at", [3, 6, 9])
def test_a_forgotten_normalisation(folder: Folder, at: int) -> None:
    norm = 'layer {{ name: "bn{i}" type: "BatchNorm" bottom: "conv{i}" top: "conv{i}" }}\n'
    scale = (
        'layer {{ name: "sc{i}" type: "Scale" bottom: "conv{i}" top: "conv{i}" '
        "scale_param {{ bias_term: true }} }}\n"
    )
    net = chain(10)
    for i in (i for i in range(1, 11) if i != at):
        act = f'layer {{ name: "act{i}"'
        net = net.replace(act, norm.format(i=i) + scale.format(i=i) + act)
    fires(folder.write(net=net), CODE, f'have a BatchNorm behind them, "conv{at}" has none')


@pytest.mark.parametrize("at", [2, 8])
def test_a_forgotten_relu_elsewhere(folder: Folder, at: int) -> None:
    act = f'layer {{ name: "act{at}" type: "ReLU" bottom: "conv{at}" top: "conv{at}" }}\n'
    pool = POOL.replace("5", str(at))
    net = chain(12).replace(act, pool).replace(f'bottom: "conv{at}"\n', f'bottom: "pool{at}"\n')
    fires(folder.write(net=net), CODE, f'11 of 12 layers have a ReLU behind them, "conv{at}"')


def test_the_last_rate_may_differ(folder: Folder) -> None:
    """As in fine-tuning."""
    score = 'name: "score"'
    folder.write(net=chain(12).replace(score, score + " param { lr_mult: 10 }"))
    check_noop(folder, CODE)


def test_few_layers_agree_by_chance(folder: Folder) -> None:
    head, tail = chain(6).split('name: "conv5"', 1)
    check_noop(folder.write(net=f'{head}name: "conv5"{tail.replace("pad: 1", "pad: 2", 1)}'), CODE)


def test_all_alike(folder: Folder) -> None:
    check_noop(folder.write(net=chain(12)), CODE)


def test_an_odd_pad_of_few(folder: Folder) -> None:
    """Pads of one kernel hardly ever differ: five that agree are enough."""
    head, tail = chain(7).split('name: "conv4"', 1)
    folder.write(net=f'{head}name: "conv4"{tail.replace("pad: 1", "pad: 0", 1)}')
    fires(folder, CODE, '5 of 6 layers have pad 1, "conv4" has pad 0', severity="info")
