"""A layer's own `phase` wins over the net's, whatever train() and eval() say."""

from __future__ import annotations

import pytest
import torch

from tests.layers.one_layer import one_net, run_net

X = torch.tensor([[1.0], [3.0]])


@pytest.mark.parametrize(
    ("text", "phase", "wanted"),
    [
        ("", "TRAIN", [-1.0, 1.0]),
        ("", "TEST", [316.2278, 948.6833]),  # no statistics yet: x / sqrt(1e-5)
        ("phase: TEST", "TRAIN", [316.2278, 948.6833]),
        ("phase: TRAIN", "TEST", [-1.0, 1.0]),
        ("phase: TEST batch_norm_param { use_global_stats: false }", "TRAIN", [-1.0, 1.0]),
    ],
)
def test_batch_norm(text: str, phase: str, wanted: list[float]) -> None:
    net = one_net("BatchNorm", text, [(2, 1)], phase=phase)
    (y,) = run_net(net, X)
    torch.testing.assert_close(y.flatten(), torch.tensor(wanted), rtol=1e-4, atol=1e-4)


def test_train_and_eval_do_not_change_it() -> None:
    net = one_net("BatchNorm", "phase: TEST", [(2, 1)], phase="TRAIN")
    assert run_net(net.train(), X)[0].equal(run_net(net.eval(), X)[0])
