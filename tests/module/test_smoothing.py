"""Label smoothing against the formula, and only in the train net."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.errors import SolverError
from caffe2torch.module.extras import Extras
from caffe2torch.module.nn import CaffeSoftmaxWithLoss
from caffe2torch.module.options import Options
from caffe2torch.module.smoothing import smooth_labels
from tests.train import tiny


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_all_classes_get_their_share(share: float) -> None:
    scores = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([0, 3, 1, 1, 2])
    loss = CaffeSoftmaxWithLoss()
    smooth_labels(torch.nn.Sequential(loss), share)
    wanted = torch.full((5, 4), share / 4)
    wanted[torch.arange(5), labels] += 1 - share
    expected = -(wanted * scores.log_softmax(1)).sum(1).mean()
    assert loss(scores, labels.float()).item() == pytest.approx(expected.item(), rel=1e-6)


def test_a_net_without_the_loss_is_refused() -> None:
    with pytest.raises(SolverError, match="SoftmaxWithLoss"):
        smooth_labels(torch.nn.Linear(1, 1), 0.1)


def test_the_test_net_keeps_its_loss(tmp_path: Path) -> None:
    options = Options(extras=Extras(label_smoothing=0.2))
    running = tiny.solver(tiny.write(tmp_path), options=options)
    shares = [net.net.loss.label_smoothing for net in (running.train, *running.tests)]
    assert shares == [0.2, 0.0]
    running.close()
