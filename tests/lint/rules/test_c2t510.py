"""C2T510 tolerated-text."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T510"
RELU = 'type: "ReLU"'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("", "\ufeff"), "a byte order mark"),
        (("num_output: 10", "num_output:\u00a010"), "a no-break space"),
        ((RELU, RELU + " relu_param { negative_slope: +0.1 }"), "a plus sign"),
        (('top: "conv1"', r'top: "conv\c1"'), "a backslash that begins no escape"),
    ],
)
def test_what_caffe_refuses(folder: Folder, change: tuple[str, str], says: str) -> None:
    text = change[1] + chain(1) if not change[0] else chain(1).replace(change[0], change[1])
    if "conv" in change[1]:
        text = text.replace('"conv1"', r'"conv\c1"')
    fires(folder.write(net=text), CODE, says, "refused by Caffe", severity="info")
    check_fixed(folder, CODE)


def test_a_path_with_backslashes(folder: Folder) -> None:
    folder.net({'"digits_train_lmdb"': r'"D:\data\train_lmdb"'})
    finding = fires(folder, CODE, severity="warning")
    assert finding.why == r"\t is a TAB there; Caffe stops at \d, which is no escape"
    assert '"D:/data/train_lmdb"' in check_fixed(folder, CODE)["train_val.prototxt"]


def test_quotes_and_comments_are_left_alone(folder: Folder) -> None:
    folder.net({'name: "digits_lenet"': 'name: "a\u00a0+1"  # \u00a0 \\c'})
    check_noop(folder, CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_a_path_of_windows(folder: Folder) -> None:
    """Its backslashes are doubled, so it names the file there."""
    folder.net({'"digits_train_lmdb"': r'"D:\\data\\train_lmdb"'})
    fires(folder, CODE, "has backslashes", severity="info")
