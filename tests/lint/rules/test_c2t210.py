"""C2T210 initial-loss-off."""

from __future__ import annotations

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T210"
LARGE = 'gaussian" std: 0.2'


def test_a_last_layer_that_is_too_sure(folder: Folder) -> None:
    fires(folder.write(net=chain(2, last=LARGE)), CODE, "guessing gives 2.30", "ln 10")


def test_two_classes(folder: Folder) -> None:
    fires(folder.write(net=chain(2, last='gaussian" std: 0.25', classes=2)), CODE, "ln 2")


def test_healthy(folder: Folder) -> None:
    check_noop(folder.write(net=chain(2)), CODE)


def test_explosion_is_the_cause(folder: Folder) -> None:
    check_noop(folder.write(net=chain(2, last='gaussian" std: 0.01', scale=0.01)), CODE)


def test_data_that_nobody_has_seen(folder: Folder) -> None:
    """Without the mean of pixels that are not here, how large they are is a guess: an info."""
    folder.write(net=chain(2, last=LARGE).replace('    mean_file: "mean.binaryproto"\n', ""))
    fires(folder, CODE, severity="warning")
    folder.net({"digits_train_lmdb": "elsewhere_lmdb"})
    fires(folder, CODE, severity="info")
