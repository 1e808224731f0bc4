"""Update methods on the memory of blobs: what the diffs hold afterwards, and whose memory it is."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import SolverError
from caffe2torch.format.upgrade import parse_solver
from caffe2torch.pycaffe.blob import Blob
from caffe2torch.pycaffe.updating import Updater

SOLVER = 'base_lr: 0.5 lr_policy: "step" gamma: 0.1 stepsize: 2 max_iter: 9 '


def blob(*values: float) -> Blob:
    made = Blob((len(values),))
    made.data[...] = values
    return made


def updater(*learnable: tuple[Blob, float, float], more: str = "momentum: 0.5") -> Updater:
    return Updater(parse_solver(SOLVER + more), list(learnable))


def test_an_update_is_left_in_the_diff_and_taken_from_the_values() -> None:
    w, b = blob(1, 2), blob(8)
    two = updater((w, 1, 1), (b, 2, 0), more="momentum: 0.5 weight_decay: 0.1")
    w.diff[...], b.diff[...] = [1, 0], 1
    two.update(0)
    # 0.5 · (gradient + 0.1 · w), and 2 · 0.5 · 1 for the bias, which does not decay
    np.testing.assert_allclose(w.diff, [0.55, 0.1])
    np.testing.assert_allclose(w.data, [0.45, 1.9])
    assert (b.diff.item(), b.data.item()) == (1, 7)


def test_momentum_is_the_history_that_a_solverstate_keeps() -> None:
    w = blob(1.0)
    one = updater((w, 1, 1))
    for _ in range(2):
        w.diff[...] = 1
        one.update(0)
    assert w.data.item() == pytest.approx(1 - 0.5 - 0.75)  # 0.5 · 0.5 + 0.5 · 1
    assert [array.tolist() for array in one.history()] == [[0.75]]
    again = updater((w, 1, 1))
    again.restore([np.array([4], np.float32)], 2)
    w.diff[...] = 0
    again.update(0)
    assert w.diff.item() == 2


def test_the_rate_is_that_of_the_iteration_and_of_what_a_program_has_set() -> None:
    w = blob(1.0)
    one = updater((w, 1, 1), more="")
    assert one.rate(1) == 0.5
    assert one.rate(2) == pytest.approx(0.05)
    one.solver.message.base_lr = 4
    assert one.rate(2) == pytest.approx(0.4)


def test_memory_that_another_net_has_lent_since_is_updated() -> None:
    w, other = blob(1.0), blob(10.0)
    one = updater((w, 1, 1))
    w.share_data(other)
    w.diff[...] = 2
    one.update(0)
    assert other.data.item() == w.data.item() == 9


def test_what_caffe_refuses_is_refused() -> None:
    with pytest.raises(SolverError, match="L3"):
        updater((blob(1.0), 1, 1), more="weight_decay: 0.1 regularization_type: 'L3'")
