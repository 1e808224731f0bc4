"""C2T425 gradient-of-shared-memory."""

from __future__ import annotations

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T425"
HINGE = (
    'layer {{ name: "hinge" type: "HingeLoss" bottom: "score" bottom: "label" top: "hinge"'
    " loss_weight: {} }}\n"
)
LSTM = """\
layer {{ name: "seq" type: "Reshape" bottom: "conv1" top: "seq" reshape_param {{
  shape {{ dim: -1 dim: 4 dim: 256 }} }} }}
layer {{ name: "cont" type: "DummyData" top: "cont" dummy_data_param {{
  shape {{ dim: 64 dim: 4 }} data_filler {{ type: "constant" value: 1 }} }}
  include {{ phase: TRAIN }} }}
layer {{ name: "cont" type: "DummyData" top: "cont" dummy_data_param {{
  shape {{ dim: 60 dim: 4 }} data_filler {{ type: "constant" value: 1 }} }}
  include {{ phase: TEST }} }}
layer {{ name: "lstm" type: "{}" bottom: "seq" bottom: "cont" top: "lstm" recurrent_param {{
  num_output: 16 weight_filler {{ type: "xavier" }} }} }}
layer {{ name: "flat" type: "Flatten" bottom: "lstm" top: "flat" }}
"""


def recurrent(kind: str) -> str:
    """Rows of the images as a sequence; the scores are read from a flattened LSTM or RNN."""
    text = chain(1).replace(
        'layer {\n  name: "score"', LSTM.format(kind) + 'layer {\n  name: "score"'
    )
    return text.replace('name: "score"\n  type: "InnerProduct"\n  bottom: "conv1"',
                        'name: "score"\n  type: "InnerProduct"\n  bottom: "flat"')  # fmt: skip


def test_an_lstm_in_front_of_a_flatten(folder: Folder) -> None:
    finding = fires(folder.write(net=recurrent("LSTM")), CODE, severity="warning")
    assert finding.message == 'layer "lstm" (LSTM) in front of "flat" gets no gradient'


def test_an_rnn_too(folder: Folder) -> None:
    fires(folder.write(net=recurrent("RNN")), CODE, 'layer "lstm" (RNN)')


def test_a_hinge_loss_of_weight_0_beside_another_loss(folder: Folder) -> None:
    finding = fires(folder.write(net=chain(1) + HINGE.format(0)), CODE, severity="warning")
    assert 'changes the gradient of "score"' in finding.message


def test_a_hinge_loss_that_counts(folder: Folder) -> None:
    check_noop(folder.write(net=chain(1) + HINGE.format(1)), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder.write(net=chain(2)), CODE)
