"""C2T420 accuracy-on-loss-blob."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T420"
READS = 'type: "Accuracy" bottom: "score"'
OTHER = """
layer { name: "other" type: "InnerProduct" bottom: "conv1" top: "other"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
"""


def test_reads_the_loss(folder: Folder) -> None:
    folder.write(net=chain(1).replace(READS, READS.replace("score", "loss")))
    finding = fires(folder, CODE, 'bottom: "score", as the loss', severity="error")
    assert finding.fix is not None
    assert finding.fix.safe
    assert "C2T003" not in [f.code for f in folder.lint()]


def test_reads_what_nothing_trains(folder: Folder) -> None:
    head, tail = chain(1).split('layer { name: "loss"')
    loss = f'layer {{ name: "loss"{tail}'.replace(READS, READS.replace("score", "other"))
    folder.write(net=head + OTHER + loss)
    fires(folder, CODE, 'reads "other", which is not trained', severity="warning")


def test_reads_the_probabilities(folder: Folder) -> None:
    softmax = 'layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }\n'
    text = chain(1).replace(READS, READS.replace("score", "prob"))
    text = text.replace('layer {\n  name: "accuracy"', softmax + 'layer {\n  name: "accuracy"')
    check_noop(folder.write(net=text), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    folder.write(net=chain(1).replace(READS, READS.replace("score", "loss")))
    check_fixed(folder, CODE)


def test_reads_a_hidden_layer(folder: Folder) -> None:
    """conv1 reaches the loss by way of another layer's weights alone."""
    folder.write(net=chain(1).replace(READS, READS.replace("score", "conv1")))
    fires(folder, CODE, 'reads "conv1", which is hidden', severity="warning")


def test_reads_scores_of_one_of_two_losses(folder: Folder) -> None:
    """As GoogLeNet's: a head of its own, whose input leads on to the last loss, too."""
    loss = 'layer { name: "l" type: "SoftmaxWithLoss" bottom: "other" bottom: "label" top: "l" }\n'
    head, tail = chain(1).split('layer { name: "loss"')
    rest = f'layer {{ name: "loss"{tail}'.replace(READS, READS.replace("score", "other"))
    check_noop(folder.write(net=head + OTHER + loss + rest), CODE)
