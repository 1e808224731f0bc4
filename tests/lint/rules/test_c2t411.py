"""C2T411 dropout-misuse."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T411"


def net(ratio: str, blob: str = "conv1") -> str:
    layer = (
        f'layer {{ name: "drop" type: "Dropout" bottom: "{blob}" top: "{blob}" '
        f"dropout_param {{ dropout_ratio: {ratio} }} }}\n"
    )
    before = 'layer {\n  name: "score"' if blob == "conv1" else 'layer { name: "loss"'
    return chain(1).replace(before, layer + before)


@pytest.mark.parametrize(
    ("ratio", "says", "severity"),
    [
        ("1", "NaN", "error"),
        ("1.5", "Caffe aborts", "error"),
        ("-0.5", "Caffe aborts", "error"),
        ("0.995", "times 200", "error"),
        ("0.95", "leaves 5%", "warning"),
        ("0", "drops nothing", "info"),
    ],
)
def test_ratios(folder: Folder, ratio: str, says: str, severity: str) -> None:
    fires(folder.write(net=net(ratio)), CODE, says, severity=severity)


def test_on_the_scores(folder: Folder) -> None:
    folder.write(net=net("0.5", "score"))
    fires(folder, CODE, "drops 50% of the scores", severity="warning")


@pytest.mark.parametrize("ratio", ["0.5", "0.8"])
def test_usual(folder: Folder, ratio: str) -> None:
    check_noop(folder.write(net=net(ratio)), CODE)


@pytest.mark.parametrize(("ratio", "blob"), [("1", "conv1"), ("0.95", "conv1"), ("0.5", "score")])
def test_fix(folder: Folder, ratio: str, blob: str) -> None:
    check_fixed(folder.write(net=net(ratio, blob)), CODE)


@pytest.mark.parametrize("more", ["", 'layer { type: "Silence" bottom: "label" name: "q" }\n'])
def test_on_the_labels(folder: Folder, more: str) -> None:
    """Also behind the Split that a second reader of the labels brings."""
    text = net("0.5", "label").replace('bottom: "label" top: "label"', 'bottom: "label" top: "l"')
    folder.write(net=text.replace('layer { name: "drop"', f'{more}layer {{ name: "drop"'))
    fires(folder, CODE, "applied to labels", "class 0 of 50%", severity="error")
