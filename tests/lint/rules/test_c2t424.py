"""C2T424 shared-memory."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T424"
SIDE = """\
layer {{ name: "flat" type: "{kind}" bottom: "conv1" top: "flat" }}
layer {{ name: "tanh" type: "TanH" bottom: "flat" top: "{top}" }}
layer {{
  name: "side" type: "InnerProduct" bottom: "{top}" top: "side"
  inner_product_param {{ num_output: 4 weight_filler {{ type: "xavier" }} }}
}}
layer {{ name: "unread" type: "Silence" bottom: "side" }}
"""
SCORE = 'layer {\n  name: "score"'


def net(kind: str = "Flatten", top: str = "flat", behind: bool = False) -> str:
    """A chain whose activations go into a side branch, in front of or behind their reader."""
    side = SIDE.format(kind=kind, top=top)
    loss = 'layer { name: "loss"'
    return chain(1).replace(loss if behind else SCORE, side + (loss if behind else SCORE))


@pytest.mark.parametrize("kind", ["Flatten", "Split", "Slice", "Concat"])
def test_the_reader_is_behind(folder: Folder, kind: str) -> None:
    message = 'layer "tanh" (TanH) overwrites "flat" in place, which is the memory of "conv1"'
    finding = fires(folder.write(net=net(kind)), CODE, message, severity="warning")
    assert finding.why == 'layer "score" (InnerProduct) reads "conv1" after it'


def test_a_parameter_is_overwritten_at_every_pass(folder: Folder) -> None:
    layers = (
        'layer { name: "p" type: "Parameter" top: "p" parameter_param { shape { dim: 3 } } }\n'
        'layer { name: "act" type: "TanH" bottom: "p" top: "p" }\n'
        'layer { name: "unread" type: "Silence" bottom: "p" }\n'
    )
    finding = fires(folder.write(net=chain(1) + layers), CODE, 'overwrites "p" in place')
    assert 'Parameter layer "p" fills it only once' in finding.why


def test_the_reader_is_in_front(folder: Folder) -> None:
    check_noop(folder.write(net=net(behind=True)), CODE)


def test_a_top_of_its_own(folder: Folder) -> None:
    check_noop(folder.write(net=net(top="tanh")), CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=net()), CODE)
    assert 'name: "tanh" type: "TanH" bottom: "flat" top: "tanh"' in texts["train_val.prototxt"]
