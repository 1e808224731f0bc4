"""C2T404 sigmoid-before-sigmoid-loss."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T404"


def net(squash: str, scores: str) -> str:
    """An autoencoder that restores the digits."""
    head, _ = chain(1, classes=64).split('layer { name: "loss"')
    return (
        head
        + squash
        + (
            f'layer {{ name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "{scores}"'
            ' bottom: "target" top: "loss" }\n'
            'layer { name: "quiet" type: "Silence" bottom: "label" }\n'
        )
    )


def target(text: str) -> str:
    flat = 'layer { name: "target" type: "Flatten" bottom: "data" top: "target" }\n'
    return text.replace('layer {\n  name: "conv1"', flat + 'layer {\n  name: "conv1"')


@pytest.mark.parametrize("kind", ["Sigmoid", "Softmax"])
def test_squashed_twice(folder: Folder, kind: str) -> None:
    squash = f'layer {{ name: "sig" type: "{kind}" bottom: "score" top: "sig" }}\n'
    folder.write(net=target(net(squash, "sig")))
    fires(folder, CODE, f"a {kind} layer", 'of "sig"', "0.693", severity="error")


def test_raw_scores(folder: Folder) -> None:
    check_noop(folder.write(net=target(net("", "score"))), CODE)


def test_shown_beside(folder: Folder) -> None:
    shown = 'layer { name: "sig" type: "Sigmoid" bottom: "score" top: "sig" }\n'
    check_noop(folder.write(net=target(net(shown, "score"))), CODE)


@pytest.mark.parametrize("top", ["sig", "score"])
def test_fix(folder: Folder, top: str) -> None:
    squash = f'layer {{ name: "sig" type: "Sigmoid" bottom: "score" top: "{top}" }}\n'
    texts = check_fixed(folder.write(net=target(net(squash, top))), CODE)
    assert 'type: "SigmoidCrossEntropyLoss" bottom: "score"' in texts["train_val.prototxt"]
