"""NegReLU against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

from tests.layers.one_layer import close, drawn, run_layer


def test_neg_relu() -> None:
    x = drawn(40) * 3
    (y,) = run_layer("NegReLU", "relu_param { negative_slope: 0.25 }", x)
    close(y, [min(v, 0) + 0.25 * max(v, 0) for v in x.tolist()])
