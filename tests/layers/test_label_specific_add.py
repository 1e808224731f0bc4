"""LabelSpecificAdd against the loop of caffe-windows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import close, drawn, run_layer

TEXT = "label_specific_add_param { bias: -0.35 }"


def test_the_label_s_score_loses_the_margin_where_it_is_above_it() -> None:
    x = drawn(6, 4).requires_grad_()
    labels = torch.tensor([0.0, 1, 2, 3, 0, 1])
    (y,) = run_layer("LabelSpecificAdd", TEXT, x, labels)
    wanted = x.detach().numpy().copy()
    for n, label in enumerate(labels.int().tolist()):
        if wanted[n, label] > 0.35:
            wanted[n, label] -= np.float32(0.35)
    assert (wanted != x.detach().numpy()).any()
    close(y, wanted)
    y.sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad, np.ones((6, 4)))


def test_in_test_nothing_is_added() -> None:
    x = drawn(2, 4)
    (y,) = run_layer("LabelSpecificAdd", TEXT, x, torch.zeros(2), phase="TEST")
    np.testing.assert_array_equal(y, x)


def test_a_bias_that_grows_is_refused() -> None:
    text = "label_specific_add_param { bias_base: 1 }"
    with pytest.raises(UnsupportedError, match="grows with the iterations"):
        run_layer("LabelSpecificAdd", text, drawn(2, 4), torch.zeros(2))


def test_one_label_an_item() -> None:
    with pytest.raises(ShapeError, match="N labels"):
        run_layer("LabelSpecificAdd", TEXT, drawn(2, 4), torch.zeros(3))
