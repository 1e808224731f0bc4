"""C2T412 no-loss."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T412"
DUMMY = (
    'layer { name: "z" type: "DummyData" top: "z" dummy_data_param { shape { dim: 4 dim: 9 } } }'
)
LOSS = 'top: "loss" }'


def test_only_in_test(folder: Folder) -> None:
    text = chain(1).replace(LOSS, 'top: "loss" include { phase: TEST } }')
    fires(folder.write(net=text), CODE, '"loss" (SoftmaxWithLoss) is not included in TRAIN')
    check_fixed(folder, CODE)


def test_weight_zero(folder: Folder) -> None:
    text = chain(1).replace(LOSS, 'top: "loss" loss_weight: 0 }')
    fires(folder.write(net=text), CODE, "loss_weight 0", severity="error")
    check_fixed(folder, CODE)


def test_none_at_all(folder: Folder) -> None:
    head = chain(1).split('layer { name: "loss"')[0]
    fires(folder.write(net=head), CODE, "no loss: every gradient is 0", "deploy")


def test_weight_of_another_layer(folder: Folder) -> None:
    head = chain(1).split('layer { name: "loss"')[0]
    own = 'layer { name: "r" type: "Reduction" bottom: "score" top: "r" loss_weight: 1 }\n'
    quiet = 'layer { name: "s" type: "Silence" bottom: "label" }\n'
    check_noop(folder.write(net=head + own + quiet), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


@pytest.mark.parametrize(
    ("fed", "force", "severity"),
    [
        (
            'layer { name: "z" type: "Input" top: "z" input_param { shape { dim: 4 dim: 9 } } }',
            "",
            "info",
        ),
        ('input: "z" input_dim: 4 input_dim: 9 input_dim: 1 input_dim: 1', "", "info"),
        (
            'layer { name: "z" type: "MemoryData" top: "z" top: "l" '
            "memory_data_param { batch_size: 4 channels: 9 height: 1 width: 1 } }",
            "",
            "info",
        ),
        (DUMMY, "force_backward: true", "info"),
        (DUMMY, "", "error"),
    ],
)
def test_a_net_that_a_program_drives(folder: Folder, fed: str, force: str, severity: str) -> None:
    """A GAN's generator and a DQN have no loss: the program writes the gradient."""
    generator = (
        f'{force}\n{fed}\nlayer {{ name: "g" type: "InnerProduct" bottom: "z" top: "g" '
        'inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }'
    )
    folder.solver({"test_iter: 6": "", "test_interval: 100": ""})
    fires(folder.write(net=generator), CODE, "no loss", severity=severity)
