"""Mish against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import math

from tests.layers.one_layer import close, drawn, run_layer


def test_mish() -> None:
    x = drawn(40) * 3
    close(run_layer("Mish", "", x)[0], [v * math.tanh(math.log1p(math.exp(v))) for v in x.tolist()])
