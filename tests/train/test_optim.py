"""The public names of caffe2torch.train.optim, used as torch's own are."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import SolverError
from caffe2torch.train import optim


def test_methods_are_torch_optimizers() -> None:
    names = [name for name in optim.__all__ if name != "PolicyLR"]
    assert names == ["AdaDelta", "AdaGrad", "Adam", "Nesterov", "RMSProp", "SGD"]
    assert all(issubclass(getattr(optim, name), torch.optim.Optimizer) for name in names)
    with pytest.raises(AttributeError):
        _ = optim.LARS


def test_a_model_learns_and_the_rate_follows_the_policy() -> None:
    model = torch.nn.Linear(3, 1)
    x = torch.eye(3)
    optimizer = optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
    scheduler = optim.PolicyLR(optimizer, "step", gamma=0.5, stepsize=2)
    losses, rates = [], []
    for _ in range(6):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        loss = (model(x) - 1).square().mean()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    assert rates == [0.5, 0.5, 0.25, 0.25, 0.125, 0.125]
    assert losses[-1] < 0.2 * losses[0]


def test_groups_keep_their_ratio() -> None:
    a, b = torch.zeros(1), torch.zeros(1)
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 2.0}], lr=1.0)
    scheduler = optim.PolicyLR(optimizer, "exp", gamma=0.5)
    optimizer.step()
    scheduler.step()
    assert isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 1.0]


def test_a_policy_without_its_parameters_is_refused() -> None:
    optimizer = optim.SGD([torch.zeros(1)], lr=1.0)
    with pytest.raises(SolverError, match="stepsize is 0"):
        optim.PolicyLR(optimizer, "step", gamma=0.5)
