"""C2T403 double-softmax."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T403"
SOFTMAX = 'layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }\n'


def with_softmax(text: str, softmax: str = SOFTMAX, scores: str = "prob") -> str:
    head, loss = text.split('layer { name: "loss"')
    reads = f'layer {{ name: "loss"{loss}'.replace('bottom: "score"', f'bottom: "{scores}"', 1)
    return head + softmax + reads


def test_behind_a_softmax(folder: Folder) -> None:
    folder.write(net=with_softmax(chain(1)))
    # ln(e + 9) - 1
    fires(folder, CODE, "10 classes the loss cannot fall below 1.46", severity="error")


def test_in_place(folder: Folder) -> None:
    softmax = SOFTMAX.replace('top: "prob"', 'top: "score"')
    folder.write(net=with_softmax(chain(1), softmax, "score"))
    fires(folder, CODE, 'reads "score" of "prob"')


def test_accuracy_may_read_it(folder: Folder) -> None:
    text = chain(1).replace('"Accuracy" bottom: "score"', '"Accuracy" bottom: "prob"')
    check_noop(folder.write(net=with_softmax(text, scores="score")), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=with_softmax(chain(1))), CODE)
    assert 'type: "SoftmaxWithLoss" bottom: "score"' in texts["train_val.prototxt"]


def test_fix_in_place(folder: Folder) -> None:
    softmax = SOFTMAX.replace('top: "prob"', 'top: "score"')
    texts = check_fixed(folder.write(net=with_softmax(chain(1), softmax, "score")), CODE)
    assert '"Softmax"' not in texts["train_val.prototxt"]
