"""C2T209 bias-dominates."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T209"


def test_a_large_bias(folder: Folder) -> None:
    fires(
        folder.write(net=chain(3, bias=4)), CODE, "at first the net says the same", severity="info"
    )


def test_a_large_bias_over_a_faint_signal(folder: Folder) -> None:
    fires(folder.write(net=chain(3, bias=4, scale=0.0003)), CODE, severity="warning")


def test_none(folder: Folder) -> None:
    check_noop(folder.write(net=chain(3)), CODE)


def test_a_small_one(folder: Folder) -> None:
    check_noop(folder.write(net=chain(3, bias=0.1)), CODE)


def test_biases_alone_make_the_logits_huge(folder: Folder) -> None:
    folder.write(net=chain(3, bias=60))
    fires(folder, CODE, "biases make logits", severity="error")
    check_noop(folder, "C2T202")


def test_the_biases_are_taken_away_where_they_harm(folder: Folder) -> None:
    check_fixed(folder.write(net=chain(3, bias=60)), CODE)


def test_a_bias_that_does_not_harm_has_no_fix(folder: Folder) -> None:
    assert fires(folder.write(net=chain(3, bias=4)), CODE).fix is None
