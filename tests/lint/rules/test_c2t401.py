"""C2T401 unused-top."""

from __future__ import annotations

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T401"
BRANCH = """
layer { name: "side" type: "InnerProduct" bottom: "conv1" top: "side"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
"""


def test_branch_without_loss(folder: Folder) -> None:
    folder.write(net=chain(1) + BRANCH)
    finding = fires(folder, CODE, 'top "side"', "1 layer with weights", severity="warning")
    assert finding.span is not None
    assert finding.span.line == 61


def test_forgotten_activation(folder: Folder) -> None:
    text = chain(2).replace(
        'name: "act1" type: "ReLU" bottom: "conv1" top: "conv1"',
        'name: "act1" type: "ReLU" bottom: "conv1" top: "act1"',
    )
    fires(folder.write(net=text), CODE, 'top "act1"', 'conv2 reads "conv1"', 'bottom: "act1"')


def test_silence(folder: Folder) -> None:
    silence = 'layer { name: "quiet" type: "Silence" bottom: "side" }'
    check_noop(folder.write(net=chain(1) + BRANCH + silence), CODE)


def test_branch_of_the_test_net(folder: Folder) -> None:
    text = BRANCH.replace('top: "side"', 'top: "side" include { phase: TEST }')
    check_noop(folder.write(net=chain(1) + text), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_probabilities_are_an_info(folder: Folder) -> None:
    prob = 'layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }'
    fires(folder.write(net=chain(1) + prob), CODE, "prob", severity="info")
