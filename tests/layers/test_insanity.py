"""Insanity is RReLU with parameters of another name."""

from __future__ import annotations

import torch

from tests.layers.one_layer import drawn, run_layer


def test_insanity_is_rrelu() -> None:
    x = drawn(4, 50)
    for phase in ("TRAIN", "TEST"):
        tops = []
        for kind, field in (("RReLU", "rrelu"), ("Insanity", "insanity")):
            torch.manual_seed(1)
            tops += run_layer(kind, f"{field}_param {{ lb: 3 ub: 8 }}", x, phase=phase)
        assert torch.equal(*tops)
