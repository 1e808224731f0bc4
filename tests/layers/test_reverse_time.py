"""ReverseTime against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import pytest
import torch

from tests.layers.one_layer import close, drawn, run_layer


@pytest.mark.parametrize("keep", [False, True])
def test_reverse_time(keep: bool) -> None:
    x, lengths = drawn(5, 3, 2), torch.tensor([5.0, 0.0, 3.0])
    expected = x.clone() if keep else torch.zeros_like(x)
    for n, length in enumerate([5, 0, 3]):
        for t in range(length):
            expected[length - 1 - t, n] = x[t, n]
    text = f"reverse_time_param {{ copy_remaining: {str(keep).lower()} }}"
    close(run_layer("ReverseTime", text, x, lengths)[0], expected)
