"""What lint, inspect and convert know of the update methods, against the methods themselves."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.config.methods import ADAPTIVE, METHODS
from caffe2torch.train import methods


def test_the_facts_are_of_the_methods_that_there_are() -> None:
    assert sorted(METHODS) == list(methods.known())


@pytest.mark.parametrize("name", METHODS)
def test_a_method_keeps_the_arrays_that_the_facts_name(name: str) -> None:
    weight = torch.ones(3)
    weight.grad = torch.ones(3)
    optimizer = methods.known()[name]([weight], 0.1)
    optimizer.step()
    assert tuple(optimizer.state[weight]) == METHODS[name].histories


@pytest.mark.parametrize("name", METHODS)
def test_a_step_of_an_adaptive_method_does_not_grow_with_the_gradient(name: str) -> None:
    steps = []
    for size in (1.0, 100.0):
        weight = torch.zeros(1)
        weight.grad = torch.full((1,), size)
        options = {"delta": 1e-12} if name in ADAPTIVE else {}
        methods.known()[name]([weight], 0.1, **options).step()
        steps.append(abs(weight.item()))
    ratio = steps[1] / steps[0]
    # AdaDelta's very first step is √delta / √(1 − m) whatever the gradient, too.
    assert ratio == pytest.approx(1.0 if name in ADAPTIVE else 100.0, rel=1e-4)


def test_defaults_are_those_of_caffes_schema() -> None:
    assert METHODS["Adam"].options == {
        "momentum": 0.0,
        "momentum2": pytest.approx(0.999),
        "delta": pytest.approx(1e-8),
    }
    assert METHODS["RMSProp"].options["rms_decay"] == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("name", "options", "field"),
    [
        ("AdaGrad", {"momentum": 0.5}, "momentum"),
        ("RMSProp", {"momentum": 0.5, "rms_decay": 0.9}, "momentum"),
        ("RMSProp", {"rms_decay": 1.0}, "rms_decay"),
        ("SGD", {"regularization_type": "L3"}, "regularization_type"),
    ],
)
def test_what_caffe_refuses(name: str, options: dict, field: str) -> None:
    assert [problem[0] for problem in METHODS[name].problems(options)] == [field]


@pytest.mark.parametrize("name", ["SGD", "Nesterov", "AdaDelta", "Adam"])
def test_a_momentum_is_taken(name: str) -> None:
    assert not list(METHODS[name].problems({"momentum": 0.9, "regularization_type": "L1"}))
