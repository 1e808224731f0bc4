"""MIL against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import math

import numpy as np
import torch

from tests.layers.one_layer import close, run_layer


def test_mil() -> None:
    p = torch.rand(2, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    largest, some = np.empty((2, 3, 1, 1)), np.empty((2, 3, 1, 1))
    for n, c in np.ndindex(2, 3):
        values = p[n, c].flatten().tolist()
        largest[n, c] = max(values)
        some[n, c] = max(1 - math.prod(1 - v for v in values), max(values))
    close(run_layer("MIL", "", p)[0], largest)
    close(run_layer("MIL", "mil_param { type: NOR }", p)[0], some)
