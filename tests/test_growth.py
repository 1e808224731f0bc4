"""Work grows with the size of a file, not with its square, for nets of every wide or deep form.

Counted are bytecodes, not seconds: what four times the layers take above twice as many is at most
a little more than twice what those take above n. For a square it is four times.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from caffe2torch.config.files import Files
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.lint import engine, fix, formats
from caffe2torch.lint.config import Config
from caffe2torch.lint.context import Context
from caffe2torch.module.emit import emit

N = 8
LEARNED = 'inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 0.01 } }'
MOST = 2.35
"""2 is linear; a logarithm and the growing length of names are allowed for."""
INPUT = 'input: "d" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n'


def layer(name: str, kind: str, bottom: str, top: str, more: str = "") -> str:
    return f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{top}" {more} }}\n'


def chain(kind: str, more: str = "") -> Callable[[int], str]:
    names = ["d", *(f"t{i}" for i in range(1000))]
    return lambda n: (
        INPUT + "".join(layer(f"l{i}", kind, names[i], names[i + 1], more) for i in range(n))
    )


def fan(kind: str, more: str = "") -> Callable[[int], str]:
    return lambda n: INPUT + "".join(layer(f"l{i}", kind, "d", f"t{i}", more) for i in range(n))


def in_place(kind: str) -> Callable[[int], str]:
    return lambda n: (
        INPUT
        + layer("ip", "InnerProduct", "d", "x", "inner_product_param { num_output: 2 }")
        + "".join(layer(f"l{i}", kind, "x", "x") for i in range(n))
        + layer("loss", "Reduction", "x", "loss", "loss_weight: 1")
    )


def copies(n: int) -> str:
    """Flatten after Flatten, each of them overwritten by a layer in place."""
    names = ["d", *(f"t{i}" for i in range(n))]
    return INPUT + "".join(
        layer(f"f{i}", "Flatten", names[i], names[i + 1])
        + layer(f"r{i}", "ReLU", names[i + 1], names[i + 1])
        for i in range(n)
    )


NETS = {
    "chain": chain("ReLU"),
    "weights": chain("InnerProduct", "inner_product_param { num_output: 2 }"),
    "fan": fan("ReLU"),
    "in place": in_place("ReLU"),
    "in place, spoiled": in_place("Sigmoid"),
    "copies": copies,
    "shared": fan("InnerProduct", 'param { name: "w" } inner_product_param { num_output: 2 }'),
    "tops": lambda n: (
        INPUT
        + 'layer { name: "s" type: "Split" bottom: "d" '
        + "".join(f'top: "t{i}" ' for i in range(8 * n))
        + "}"
    ),
    "one bottom often": lambda n: (
        INPUT + 'layer { name: "c" type: "Concat" top: "c" ' + 'bottom: "d" ' * (8 * n) + "}"
    ),
}
FAULTY = {
    "no nonlinearity": lambda n: (
        'input: "label" input_shape { dim: 1 } ' + chain("InnerProduct", LEARNED)(n)
        + layer("loss", "SoftmaxWithLoss", f't{n - 1}" bottom: "label', "loss")
    ),
    "unknown fields": lambda n: INPUT + "".join(
        layer(f"l{i}", "ReLU", "d", f"t{i}", f"field_{i}: 1") for i in range(n)
    ),
    "unknown types": lambda n: INPUT + "".join(
        layer(f"l{i}", f"Rellu{i}", "d", f"t{i}") for i in range(n)
    ),
    "comments": lambda n: INPUT + "".join(
        layer(f"l{i}", "Sigmoid", "d", f"t{i}")[:-1] + f" # c2t: ignore[C2T{i}]\n" for i in range(n)
    ),
}  # fmt: skip


def lint(source: str) -> None:
    """Lint with all rules, apply all fixes once to a copy, and print."""
    context = Context("f.prototxt", Files({"f.prototxt": source}), "")
    findings = engine.run(context, Config())
    chosen = fix.choose(findings, unsafe=True)
    fix.by_file(chosen)
    formats.find("text")(formats.Report(findings, ["f.prototxt"], dict(context.files.texts)))


def source_of(source: str) -> None:
    """Emit the module of the TRAIN net."""
    net = upgrade.parse_net(source, "f.prototxt").filled()
    emit(build_graph(net, net_state(net, "TRAIN", None, ()), assume=True))


def bytecodes(work: Callable[[str], None], source: str) -> int:
    """How many bytecodes a piece of work runs."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work(source)
    finally:
        sys.settrace(before)
    return count


def growth(work: Callable[[str], None], source: Callable[[int], str]) -> float:
    """How often the work from 2n to 4n holds that from n to 2n: 2 if linear, 4 if a square."""
    work(source(N))  # what is loaded or looked up but once
    one, two, four = (bytecodes(work, source(n)) for n in (N, 2 * N, 4 * N))
    return (four - two) / (two - one)


@pytest.mark.parametrize("name", [*NETS, *FAULTY])
def test_lint(name: str) -> None:
    assert growth(lint, {**NETS, **FAULTY}[name]) < MOST


@pytest.mark.parametrize("name", NETS)
def test_emit(name: str) -> None:
    assert growth(source_of, NETS[name]) < MOST


def test_a_square_is_seen() -> None:
    def square(source: str) -> None:
        lines = source.split("\n")
        assert not [a for a in lines for b in lines if a == b + "x"]

    assert growth(square, chain("ReLU")) > 3
