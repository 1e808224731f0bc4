"""EltwiseAccuracy against a naive loop; test_examples holds its gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.layers.one_layer import drawn, run_layer


@pytest.mark.parametrize(("top_k", "ignored"), [(1, None), (2, 1), (3, 0)])
def test_eltwise_accuracy(top_k: int, ignored: int | None) -> None:
    scores = drawn(2, 4, 3, 5).round()  # with equal scores
    labels = torch.randint(0, 4, (2, 1, 3, 5), generator=torch.Generator().manual_seed(1)).float()
    right = counted = 0
    for n, i, j in np.ndindex(2, 3, 5):
        label = int(labels[n, 0, i, j])
        if label == ignored:
            continue
        pairs = [(scores[n, c, i, j].item(), c) for c in range(4)]
        best = sorted(pairs, reverse=True)[:top_k]
        counted, right = counted + 1, right + (label in [c for _, c in best])
    more = "" if ignored is None else f"ignore_label: {ignored}"
    text = f"eltwise_accuracy_param {{ top_k: {top_k} {more} }}"
    (share,) = run_layer("EltwiseAccuracy", text, scores, labels, phase="TEST")
    assert share.item() == pytest.approx(right / counted)
