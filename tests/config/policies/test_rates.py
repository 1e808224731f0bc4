"""Every policy against rates worked out by hand, and against the rates that Caffe logged."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config import policies
from caffe2torch.errors import SolverError, Span

GOLDEN = Path(__file__).parents[2] / "golden" / "solvers"
CASES = {c["name"]: c for c in json.loads((GOLDEN / "index.json").read_text())["cases"]}
PLACE = Span("s.prototxt", 3, 1)

BY_HAND = [
    ("fixed", {}, {0: 0.5, 99: 0.5}),
    ("step", {"gamma": 0.5, "stepsize": 4}, {0: 0.5, 3: 0.5, 4: 0.25, 11: 0.125}),
    ("step", {"gamma": 0.0, "stepsize": 4}, {3: 0.5, 4: 0.0}),
    ("exp", {"gamma": 0.5}, {0: 0.5, 1: 0.25, 3: 0.0625}),
    ("exp", {"gamma": 2.0}, {5000: math.inf}),
    ("inv", {"gamma": 1.0, "power": 2.0}, {0: 0.5, 1: 0.125, 3: 0.03125}),
    ("inv", {"gamma": 1.0}, {0: 0.5, 9: 0.5}),
    ("poly", {"power": 2.0, "max_iter": 4}, {0: 0.5, 2: 0.125, 4: 0.0, 6: 0.125}),
    ("poly", {"power": 0.5, "max_iter": 4}, {3: 0.25, 5: math.nan}),
    ("poly", {"power": 1.0, "max_iter": 0}, {0: math.nan}),
    ("sigmoid", {"gamma": 1.0, "stepsize": 5}, {5: 0.25, 200: 0.5}),
    ("sigmoid", {"gamma": 9.0, "stepsize": 900}, {0: 0.0}),
]


def sold(text: str) -> SimpleNamespace:
    message = text_format.Parse(text, pb.SolverParameter())
    return SimpleNamespace(message=message, span=lambda field: PLACE if field in text else None)


@pytest.mark.parametrize(("name", "parameters", "rates"), BY_HAND)
def test_rates_worked_out_by_hand(name: str, parameters: dict, rates: dict[int, float]) -> None:
    policy = policies.find(name)(base_lr=0.5, **parameters)
    for iteration, rate in rates.items():
        assert policy.rate(iteration) == pytest.approx(rate, rel=1e-7, nan_ok=True)


def test_every_policy_is_worked_out() -> None:
    assert {name for name, *_ in BY_HAND} | {"multistep"} == set(policies.registry.names())


def test_multistep_moves_one_step_an_update_and_says_so() -> None:
    said: list[str] = []
    policy = policies.find("multistep")(0.5, gamma=0.5, stepvalue=[2, 3], announce=said.append)
    assert [policy.rate(i) for i in (0, 1, 2, 3, 4)] == [0.5, 0.5, 0.25, 0.125, 0.125]
    assert said == [
        "MultiStep Status: Iteration 2, step = 1",
        "MultiStep Status: Iteration 3, step = 2",
    ]


def test_multistep_goes_on_from_the_restored_step() -> None:
    policy = policies.find("multistep")(0.5, gamma=0.5, stepvalue=[2, 3])
    # Both values lie behind, but a restored count of 0 catches up by one an update.
    assert [policy.rate(i) for i in (10, 11, 12)] == [0.25, 0.125, 0.125]
    policy.current_step = 2
    assert policy.rate(10) == 0.125


@pytest.mark.parametrize("name", CASES)
def test_logged_rates(name: str) -> None:
    solver = sold((GOLDEN / CASES[name]["solver"]).read_text())
    policy = policies.from_solver(solver)
    record = json.loads((GOLDEN / CASES[name]["record"]).read_text())
    logged = {event[1]: event[2] for event in record["events"] if event[0] == "lr"}
    rates = [policy.rate(i) for i in range(CASES[name]["max_iter"])]
    assert {i: float(f"{rates[i]:.6g}") for i in logged} == logged


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('lr_policy: "cosine"', 'unknown lr_policy "cosine" → known: exp, fixed, inv'),
        ('lr_policy: "Step"', 'unknown lr_policy "Step"'),
        ("base_lr: 1", "lr_policy is missing"),
        ('lr_policy: "step"', "stepsize is 0"),
        ('lr_policy: "sigmoid"', "stepsize is 0"),
        ('lr_policy: "exp" gamma: -0.1', "gamma is -0.1"),
        ('lr_policy: "inv" gamma: -2', "gamma is -2"),
        ('lr_policy: "multistep" gamma: -2', "gamma is -2"),
    ],
)
def test_what_caffe_refuses_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(SolverError) as refused:
        policies.from_solver(sold(text))
    assert message in str(refused.value)
    if "lr_policy" in text:
        assert str(refused.value).startswith("s.prototxt:3:1: ")
