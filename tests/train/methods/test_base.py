"""Every method for two steps on one weight, against numbers worked out from its formula."""

from __future__ import annotations

from copy import deepcopy
from math import sqrt
from types import SimpleNamespace

import pytest
import torch
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import SolverError, Span
from caffe2torch.train import methods

W, G1, G2, LR = 2.0, 0.5, -0.25, 0.1
ROOT = sqrt(G1**2 + G2**2)


def adam_step(t: int, mean: float, square: float) -> float:
    return LR * sqrt(1 - 0.75**t) / (1 - 0.5**t) * mean / (sqrt(square) + 0.1)


def adadelta_steps() -> tuple[float, float]:
    h = 0.25 * G1**2
    first = G1 * sqrt(0.1 / (h + 0.1))
    s = 0.25 * first**2
    h = 0.75 * h + 0.25 * G2**2
    return LR * first, LR * G2 * sqrt((s + 0.1) / (h + 0.1))


# type -> options, the two steps that are subtracted, the history after them
BY_HAND = {
    "SGD": ({"momentum": 0.5}, (0.05, 0.025 - 0.025), (0.0,)),
    "Nesterov": ({"momentum": 0.5}, (1.5 * 0.05, 1.5 * 0.0 - 0.5 * 0.05), (0.0,)),
    "AdaGrad": (
        {"delta": 0.1},
        (LR * G1 / (G1 + 0.1), LR * G2 / (ROOT + 0.1)),
        (ROOT**2,),
    ),
    "RMSProp": (
        {"rms_decay": 0.75, "delta": 0.1},
        (
            LR * G1 / (sqrt(0.25 * G1**2) + 0.1),
            LR * G2 / (sqrt(0.1875 * G1**2 + 0.25 * G2**2) + 0.1),
        ),
        (0.1875 * G1**2 + 0.25 * G2**2,),
    ),
    "AdaDelta": (
        {"momentum": 0.75, "delta": 0.1},
        adadelta_steps(),
        (
            0.1875 * G1**2 + 0.25 * G2**2,
            0.1875 * (adadelta_steps()[0] / LR) ** 2 + 0.25 * (adadelta_steps()[1] / LR) ** 2,
        ),
    ),
    "Adam": (
        {"momentum": 0.5, "momentum2": 0.75, "delta": 0.1},
        (
            adam_step(1, 0.5 * G1, 0.25 * G1**2),
            adam_step(2, 0.25 * G1 + 0.5 * G2, 0.1875 * G1**2 + 0.25 * G2**2),
        ),
        (0.25 * G1 + 0.5 * G2, 0.1875 * G1**2 + 0.25 * G2**2),
    ),
}


def one_weight(kind: str, value: float = W, **options) -> tuple[torch.Tensor, methods.Method]:
    weight = torch.tensor([value])
    return weight, methods.find(kind)([weight], LR, **options)


def step(optimizer: methods.Method, weight: torch.Tensor, grad: float) -> float:
    """Return what the step subtracted."""
    before = weight.item()
    weight.grad = torch.tensor([grad])
    optimizer.step()
    return before - weight.item()


def test_every_method_is_worked_out() -> None:
    assert set(BY_HAND) == set(methods.known())


@pytest.mark.parametrize("kind", BY_HAND)
def test_two_steps_worked_out_by_hand(kind: str) -> None:
    options, steps, history = BY_HAND[kind]
    weight, optimizer = one_weight(kind, **options)
    taken = [step(optimizer, weight, g) for g in (G1, G2)]
    assert taken == pytest.approx(steps, abs=3e-7)
    assert [h.item() for h in optimizer.history([weight])] == pytest.approx(history, abs=1e-7)


@pytest.mark.parametrize("kind", BY_HAND)
def test_a_restored_history_continues_bit_by_bit(kind: str) -> None:
    weight, optimizer = one_weight(kind, **BY_HAND[kind][0])
    step(optimizer, weight, G1)
    other, resumed = one_weight(kind, weight.item(), **BY_HAND[kind][0])
    resumed.restore([other], optimizer.history([weight]), iteration=1)
    for grad in (G2, G1):
        step(optimizer, weight, grad)
        step(resumed, other, grad)
    assert weight.item() == other.item()
    assert len(resumed.history([other])) == len(BY_HAND[kind][2])


@pytest.mark.parametrize("kind", BY_HAND)
def test_the_update_is_kept_when_asked_for(kind: str) -> None:
    weight, optimizer = one_weight(kind, **BY_HAND[kind][0])
    optimizer.updates = {}
    taken = step(optimizer, weight, G1)
    assert optimizer.updates[weight].item() == pytest.approx(taken, rel=1e-5)


@pytest.mark.parametrize("kind", BY_HAND)
def test_a_state_dict_carries_the_count_and_the_history(kind: str) -> None:
    weight, optimizer = one_weight(kind, **BY_HAND[kind][0])
    step(optimizer, weight, G1)
    other, loaded = one_weight(kind, weight.item(), **BY_HAND[kind][0])
    loaded.load_state_dict(deepcopy(optimizer.state_dict()))
    assert step(optimizer, weight, G2) == step(loaded, other, G2)


def test_order_is_clip_then_mean_then_decay() -> None:
    # A gradient of 4, clipped to 2, halved to 1; only then decay 0.5 · 2 · 3 is added.
    weight = torch.tensor([3.0])
    optimizer = methods.find("SGD")(
        [{"params": [weight], "decay_mult": 2.0, "lr_mult": 0.5}],
        LR,
        weight_decay=0.5,
        clip_gradients=2.0,
        iter_size=2,
    )
    assert step(optimizer, weight, 4.0) == pytest.approx(LR * 0.5 * (1 + 0.5 * 2 * 3))
    assert optimizer.clipped == (4.0, 2.0, 0.5)
    step(optimizer, weight, 2.0)
    assert optimizer.clipped is None


def test_clip_takes_one_norm_over_all_groups() -> None:
    first, second = torch.zeros(1), torch.zeros(1)
    groups = [{"params": [first]}, {"params": [second], "lr_mult": 2.0}]
    optimizer = methods.find("SGD")(groups, 1.0, clip_gradients=1.0)
    first.grad, second.grad = torch.tensor([3.0]), torch.tensor([4.0])
    optimizer.step()
    assert (first.item(), second.item()) == pytest.approx((-0.6, -1.6))


def test_l1_decay_pulls_by_the_sign() -> None:
    weight = torch.tensor([2.0, -2.0, 0.0])
    optimizer = methods.find("SGD")([weight], 1.0, weight_decay=0.25, regularization_type="L1")
    weight.grad = torch.zeros(3)
    optimizer.step()
    assert weight.tolist() == [1.75, -1.75, 0.0]


def test_a_weight_without_gradient_stays() -> None:
    weight, optimizer = one_weight("Adam", momentum=0.9, weight_decay=0.1)
    optimizer.step()
    assert weight.item() == W
    assert [h.item() for h in optimizer.history([weight])] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('type: "Adagard"', 'unknown solver type "Adagard" → did you mean "AdaGrad"?'),
        ('type: "adam"', 'unknown solver type "adam"'),
        ('type: "LARS"', "known: AdaDelta, AdaGrad, Adam, Nesterov, RMSProp, SGD"),
        ('type: "AdaGrad" momentum: 0.9', "AdaGrad has no momentum"),
        ('type: "RMSProp" momentum: 0.9', "RMSProp has no momentum"),
        ('type: "RMSProp" rms_decay: 1.5', "rms_decay is 1.5"),
        ('weight_decay: 0.1 regularization_type: "L3"', 'unknown regularization_type "L3"'),
    ],
)
def test_what_caffe_refuses_is_refused_at_its_place(text: str, message: str) -> None:
    solver = SimpleNamespace(
        message=text_format.Parse(text, pb.SolverParameter()),
        span=lambda field: Span("s.prototxt", 3, 1) if field in text else None,
    )
    with pytest.raises(SolverError) as refused:
        methods.from_solver(solver, [(torch.zeros(1), 1.0, 1.0)])
    assert message in str(refused.value)
    assert str(refused.value).startswith("s.prototxt:3:1: ")


@pytest.mark.parametrize("kind", ["AdaGrad", "AdaDelta", "Adam", "RMSProp"])
def test_cutting_large_tensors_changes_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    random = torch.Generator().manual_seed(3)
    start, grad = (torch.randn(2, 37, generator=random) for _ in range(2))
    results = []
    for size in (0, 10):
        monkeypatch.setattr(methods.find(kind), "block", size)
        large, small = start.clone(), start[0, :5].clone()
        optimizer = methods.find(kind)([large, small], LR, **BY_HAND[kind][0])
        for _ in range(2):
            large.grad, small.grad = grad.clone(), grad[0, :5].clone()
            optimizer.step()
        results.append((large, small))
    for whole, cut in zip(*results, strict=True):
        assert torch.equal(whole, cut)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_without_gradients_nothing_moves(name: str) -> None:
    optimizer = methods.find(name)([torch.nn.Parameter(torch.ones(2))], 1.0, iter_size=2)
    optimizer.step()
    assert optimizer.param_groups[0]["params"][0].tolist() == [1.0, 1.0]
