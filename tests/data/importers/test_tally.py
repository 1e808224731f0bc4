"""What goes into a database is counted and told in one line."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.data.importers.tally import Tally
from caffe2torch.errors import DataError
from tests.data.one_feed import datum


def counted(*sizes: tuple[int, int, int]) -> Tally:
    tally = Tally()
    records = [
        (b"%d" % i, datum(np.zeros(size, np.uint8), i).SerializeToString())
        for i, size in enumerate(sizes)
    ]
    assert list(tally.watch(records)) == records
    return tally


def test_one_shape_is_told_and_several_are_counted() -> None:
    assert counted((3, 4, 5)).text() == "1 record of 3x4x5, labels 0..0"
    assert counted((3, 4, 5), (3, 4, 6)).text() == "2 records of 2 shapes, labels 0..1"


def test_as_many_may_be_left_out_as_is_said() -> None:
    tally = Tally(most=1)
    tally.leave_out("a.jpg is no image")
    with pytest.raises(DataError, match="b.jpg is no image"):
        tally.leave_out("b.jpg is no image")
    assert tally.text() == "0 records of 0 shapes (1 could not be read)"
    anything = Tally()
    for name in "abc":
        anything.leave_out(name)
    assert anything.skipped == ["a", "b", "c"]
