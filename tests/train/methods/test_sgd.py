"""SGD: the rate inside the velocity, and torch's fused kernel where it does the same."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.train import methods


def test_the_rate_is_inside_the_velocity() -> None:
    """Half of the last step, 0.1 · 0.5, at a rate of 0: torch's own method would stand still."""
    weight = torch.tensor([2.0])
    optimizer = methods.find("SGD")([weight], 0.1, momentum=0.5)
    for rate in (0.1, 0.0):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.tensor([0.5])
        optimizer.step()
    assert weight.item() == pytest.approx(2 - 0.05 - 0.025)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_fused_kernel_does_what_the_rule_says(layout: torch.memory_format) -> None:
    random = torch.Generator().manual_seed(3)
    fused = torch.randn(5, 7, 2, 2, generator=random).to(memory_format=layout)
    plain = fused.clone()
    options = {"momentum": 0.9, "weight_decay": 0.25}
    first = methods.find("SGD")([fused], 0.1, **options)
    second = methods.find("SGD")([plain], 0.1, **options)
    second._fused = lambda *_: False
    for _ in range(3):
        grad = torch.randn(5, 7, 2, 2, generator=random).to(memory_format=layout)
        fused.grad, plain.grad = grad.clone(), grad.clone()
        first.step()
        second.step()
    torch.testing.assert_close(fused, plain, rtol=1e-6, atol=1e-7)


def test_what_is_laid_out_otherwise_than_its_gradient_takes_the_rule() -> None:
    """The fused kernel walks over memory, and would pair other numbers."""
    weight = torch.zeros(1, 2, 2, 2).to(memory_format=torch.channels_last)
    optimizer = methods.find("SGD")([weight], 1.0, momentum=0.5)
    weight.grad = torch.arange(8.0).view(1, 2, 2, 2)
    assert not optimizer._fused([weight], [weight.grad])
    optimizer.step()
    assert torch.equal(weight, -weight.grad)


def test_l1_decay_is_none_that_the_kernel_knows() -> None:
    weight = torch.ones(2)
    for decay, fused in ((0.0, True), (0.5, False)):
        optimizer = methods.find("SGD")(
            [weight], 1.0, momentum=0.5, weight_decay=decay, regularization_type="L1"
        )
        assert optimizer._fused([weight], [torch.ones(2)]) == fused
