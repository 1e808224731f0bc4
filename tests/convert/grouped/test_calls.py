"""Calls are taken apart and put together."""

from __future__ import annotations

import pytest

from caffe2torch.convert.grouped.calls import as_template, defaults, parse_call, parse_function_call


def test_calls_are_taken_apart_and_put_together() -> None:
    call = parse_call("nn.Conv2d(3, 8, 3, padding=(1, 2))")
    assert call is not None
    assert dict(call.arguments) == {0: "3", 1: "8", 2: "3", "padding": "(1, 2)"}
    assert call.role(1) == "outputs"
    assert call.source({0: "3", 1: "n", 2: "3", "padding": "0", "bias": "False"}) == (
        "nn.Conv2d(3, n, 3, bias=False)"
    )
    assert parse_call("a + b") is None
    call = parse_function_call("crop({0}, {1}, axis=2, offsets=(5, 5))")
    assert call is not None
    assert as_template(call.source(dict(call.arguments) | {"axis": "self.axis"})) == (
        "crop({0}, {1}, axis=self.axis, offsets=(5, 5))"
    )
    assert parse_function_call("{0} + {1}") is None


def test_what_is_no_plain_call_is_left_alone() -> None:
    for text in ("named(*layers)", "make(**options)", "x", "a.b", "f(x)(y)(*z)"):
        assert parse_call(text) is None, text
    assert parse_function_call("F.relu({0})") is None
    assert parse_function_call("power({0})") is None  # nothing that could differ
    assert parse_function_call("f({self}, a=1)") is None


def test_two_calls_are_alike_up_to_their_constants() -> None:
    one, other = parse_call("nn.Conv2d(3, 8, 3)"), parse_call("nn.Conv2d(8, 9, 1, stride=2)")
    assert one is not None and other is not None and one.kind == other.kind
    mine, theirs = parse_call("Pool(3)"), parse_call("Pool(3, stride=2)")
    # the defaults of a class that is not torch's are not known
    assert mine is not None and theirs is not None and mine.kind != theirs.kind


def test_defaults_are_torchs_own() -> None:
    assert defaults("nn.MaxPool2d")["padding"] == "0"
    assert defaults("nn.Conv2d")["bias"] == "True"
    assert defaults("Pool") == {}


@pytest.mark.parametrize(
    ("call", "roles"),
    [
        ("nn.Conv2d(3, 8, 5)", ["inputs", "outputs", "kernel"]),
        ("nn.Linear(3, 8)", ["inputs", "outputs"]),
        ("nn.MaxPool2d(2)", ["kernel"]),
        ("nn.BatchNorm2d(8)", ["channels"]),
        ("nn.PReLU(8)", ["channels"]),
        ("Scale(8, axis=1)", ["value", "axis"]),
    ],
)
def test_what_an_argument_says(call: str, roles: list[str]) -> None:
    parsed = parse_call(call)
    assert parsed is not None
    assert [parsed.role(key) for key, _ in parsed.arguments] == roles
