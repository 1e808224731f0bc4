"""The numbers of a run: what is newest, what a guess costs, and how far a step goes."""

from __future__ import annotations

import math

import pytest

from caffe2torch.health.history import Activation, History, LayerNorms


def norms(name: str) -> LayerNorms:
    return LayerNorms(name, gradient=0.5, weight=2.0, rate=0.1)


@pytest.mark.parametrize(
    ("change", "weight", "step"),
    [(0.0, 2.0, 0.025), (0.4, 2.0, 0.2), (0.4, 0.0, 0.0)],
)
def test_a_step_is_a_share_of_the_weights(change: float, weight: float, step: float) -> None:
    """rate · gradient / weight, unless the method makes its change of more than these."""
    assert LayerNorms("a", 0.5, weight, 0.1, change).step == pytest.approx(step)


@pytest.mark.parametrize(("classes", "chance"), [(10, math.log(10)), (1, 0), (0, 0)])
def test_a_guess_costs_ln_of_the_classes(classes: int, chance: float) -> None:
    assert History(classes=classes).chance == chance


def test_a_run_that_goes_on_counts_from_its_first_iteration() -> None:
    assert History(first=100, losses=[3, 2, 1]).iteration == 102
    assert History().iteration == -1


def test_recent_losses_are_all_that_many_or_none() -> None:
    run = History(losses=[3, 2, 1])
    assert (run.recent(2), run.recent(3), run.recent(4)) == ([2, 1], [3, 2, 1], [])


def test_the_two_newest_measurements_come_in_order() -> None:
    run = History(norms={200: [norms("c")], 0: [norms("a")], 100: [norms("b")]})
    assert [[one.layer for one in measured] for measured in run.last_norms()] == [["b"], ["c"]]
    assert History(norms={0: [norms("a")]}).last_norms() == []


def test_the_newest_blobs() -> None:
    one, other = (Activation(name, "ReLU", 0, 1, 0) for name in "ab")
    assert History(activations={10: [other], 0: [one]}).newest_blobs == [other]
    assert History().newest_blobs == []
