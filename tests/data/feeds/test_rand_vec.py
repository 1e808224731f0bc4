"""RandVec: bounds, shapes, new numbers every batch."""

from __future__ import annotations

import pytest

from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import ShapeError
from tests.data.one_feed import feed, layer


def text(fields: str) -> str:
    return f'type: "RandVec" top: "noise" randvec_param {{ {fields} }}'


def test_every_batch_is_new_and_lies_between_the_bounds() -> None:
    source = feed(text("batch_size: 50 dim: 20 lower: 2 upper: 5"), seed=1)
    (first,), (second,) = source.next_batch(), source.next_batch()
    assert first.dtype == "float32"
    assert first.min() >= 2 and first.max() <= 5
    assert first.mean() == pytest.approx(3.5, abs=0.1)
    assert (first != second).any()


def test_a_restored_feed_draws_the_same() -> None:
    source = feed(text("dim: 5"), seed=1)
    source.next_batch()
    state = source.state()
    (expected,) = source.next_batch()
    again = feed(text("dim: 5"), seed=1)
    again.restore(state)
    assert (again.next_batch()[0] == expected).all()


@pytest.mark.parametrize(
    ("fields", "shape"),
    [
        ("", (1, 128, 1, 1)),
        ("batch_size: 2 dim: 3 height: 4 width: 5", (2, 3, 4, 5)),
        ("batch_size: 2 dim: 3 width: 0", (2, 3)),
    ],
)
def test_shapes(fields: str, shape: tuple[int, ...]) -> None:
    assert top_shapes("RandVec", layer(text(fields)), "TRAIN") == [shape]
    assert feed(text(fields)).next_batch()[0].shape == shape


def test_bounds_in_the_wrong_order() -> None:
    with pytest.raises(ShapeError, match="lower is 1 and upper 1"):
        top_shapes("RandVec", layer(text("lower: 1")), "TRAIN")
