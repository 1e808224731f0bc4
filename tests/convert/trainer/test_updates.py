"""The update that a script writes down, run beside the method that trains."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from caffe2torch.config.methods import METHODS
from caffe2torch.convert.trainer.updates import DOCS, update
from caffe2torch.format.upgrade import Solver, parse_solver
from caffe2torch.train import methods

RATES = (0.1, 0.05, 0.02)
COMMON = 'net: "n" base_lr: 0.1 lr_policy: "fixed" max_iter: 9 '


def net() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def multipliers(_net: nn.Module, name: str) -> tuple[float, float]:
    return (1.0, 1.0) if name == "weight" else (2.0, 0.0)


def gradients(step: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(step)
    return [3 * torch.randn(2, 3, generator=generator), torch.randn(2, generator=generator)]


def written(solver: Solver) -> nn.Linear:
    """A net after three updates by the emitted function."""
    names: dict[str, Any] = {
        "torch": torch, "nn": nn, "multipliers": multipliers, "rate": RATES.__getitem__,
    }  # fmt: skip
    exec("\n".join(update(solver.message)), names)
    model, state = net(), {}
    for iteration in range(3):
        model.weight.grad, model.bias.grad = gradients(iteration)
        names["update"](model, state, iteration)
    return model


def trained(solver: Solver) -> nn.Linear:
    """The same by the method that `c2t train` uses."""
    model = net()
    entries = [(param, *multipliers(model, name)) for name, param in model.named_parameters()]
    optimizer = methods.from_solver(solver, entries)
    for iteration in range(3):
        model.weight.grad, model.bias.grad = gradients(iteration)
        for group in optimizer.param_groups:
            group["lr"], group["iteration"] = RATES[iteration], iteration
        optimizer.step()
    return model


def test_every_method_has_its_sentence() -> None:
    assert DOCS.keys() == METHODS.keys()


@pytest.mark.parametrize("more", ["", "weight_decay: 0.3", "clip_gradients: 1.5 iter_size: 2"])
@pytest.mark.parametrize("kind", sorted(METHODS))
def test_three_updates_are_those_of_the_method(kind: str, more: str) -> None:
    momentum = "momentum: 0.9 " if METHODS[kind].momentum else ""
    solver = parse_solver(f'{COMMON}{momentum}type: "{kind}" {more}')
    ours, expected = written(solver), trained(solver)
    torch.testing.assert_close(ours.weight, expected.weight, rtol=2e-5, atol=1e-6)
    torch.testing.assert_close(ours.bias, expected.bias, rtol=2e-5, atol=1e-6)
    assert not torch.equal(ours.weight, net().weight)


def test_l1_decay_goes_by_the_sign() -> None:
    solver = parse_solver(COMMON + 'weight_decay: 0.3 regularization_type: "L1"')
    torch.testing.assert_close(written(solver).weight, trained(solver).weight)
    assert "p.sign()" in "\n".join(update(solver.message))


def test_what_a_solver_does_not_ask_for_is_not_written() -> None:
    text = "\n".join(update(parse_solver(COMMON).message))
    assert "clip" not in text
    assert "decay_mult *" not in text
    assert "p.grad," in text
