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
    """Pixels that are not here, whose mean nothing subtracts, are of an assumed size: an info."""
    text = chain(2, scale=0.08).replace('    mean_file: "mean.binaryproto"\n', "")
    folder.write(net=text.replace("digits_train_lmdb", "elsewhere_lmdb"))
    fires(folder, CODE, severity="info")
