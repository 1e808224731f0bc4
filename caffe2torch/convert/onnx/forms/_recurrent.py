"""Layers that step over time, one step after the other: ONNX's own have no cont."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from caffe2torch.convert.onnx.forms._nms import flat, part
from caffe2torch.convert.onnx.writer import Place, Writer

Step = Callable[[str, list[str], str], list[str]]
"""(what the inputs give (N, D), states (N, D) each, cont (N, 1)) -> new states, output first."""


@dataclass(frozen=True)
class Unrolled:
    """Names of the output (T, N, D) and of the last states (1, N, D)."""

    output: str
    states: list[str]


def product(x: Place, w: Writer, value: str, key: str) -> str:
    """`value` (any, I) times a weight blob (D, I)."""
    return str(w.op("MatMul", value, w.weight(x.node.name, key, x.blobs[key].T)))


def inputs(x: Place, w: Writer, weight: str, bias: str, static: str = "") -> str:
    """What the inputs of all steps give: (T, N, D)."""
    steps, n = x.shapes[0][:2]
    rows = flat(w, x.bottoms[0], (steps * n, -1))
    sums = w.op("Add", product(x, w, rows, weight), w.weight(x.node.name, bias, x.blobs[bias]))
    sums = flat(w, sums, (steps, n, -1))
    if not static:
        return sums
    more = product(x, w, flat(w, x.bottoms[2], (n, -1)), static)
    return str(w.op("Add", sums, more))


def unroll(x: Place, w: Writer, sums: str, states: list[str], step: Step, cont: str) -> Unrolled:
    """Run `step` once for every step of time.

    states: (N, D) each, before the first step
    cont:   (T, N), "" for none
    """
    steps, n = x.shapes[0][:2]
    outputs = []
    for t in range(steps):
        here = flat(w, part(w, sums, t, t + 1, axis=0), (n, -1))
        on = flat(w, part(w, cont, t, t + 1, axis=0), (n, 1)) if cont else ""
        states = step(here, states, on)
        outputs.append(w.unsqueeze(states[0], 0))
    output = w.op("Concat", *outputs, axis=0) if steps > 1 else outputs[0]
    return Unrolled(str(output), [w.unsqueeze(state, 0) for state in states])


def zeros(w: Writer, n: int, size: int) -> str:
    """A state before anything was seen."""
    return w.constant(np.zeros((n, size)))


def gates(w: Writer, sums: str, cell: str, size: int, on: str = "") -> list[str]:
    """An LSTM's new output and cell from the sums of its gates (N, 4·D), in the order i, f, o, g.

    size: D
    on:   what the forget gate is multiplied by, (N, 1)
    """
    into, forget, out, new = w.split(sums, [size] * 4, 1)
    forget = w.op("Sigmoid", forget)
    kept = w.op("Mul", w.op("Mul", forget, on) if on else forget, cell)
    cell = w.op("Add", kept, w.op("Mul", w.op("Sigmoid", into), w.op("Tanh", new)))
    return [w.op("Mul", w.op("Sigmoid", out), w.op("Tanh", cell)), cell]
