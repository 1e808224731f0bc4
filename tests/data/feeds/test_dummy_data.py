"""DummyData: constants written once, random fillers every time, old dimensions."""

from __future__ import annotations

import pytest

from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import feed, layer


def text(fields: str, tops: str = 'top: "a" top: "b"') -> str:
    return f'type: "DummyData" {tops} dummy_data_param {{ {fields} }}'


def test_no_filler_is_zero_and_one_shape_serves_all() -> None:
    source = feed(text("shape { dim: 2 dim: 3 }"))
    a, b = source.next_batch()
    assert a.shape == b.shape == (2, 3)
    assert not a.any()
    assert not source.prefetched
    assert source.next_batch()[0] is a


def test_a_filler_a_top() -> None:
    source = feed(
        text(
            "shape { dim: 50 } shape { dim: 2 }"
            "data_filler { type: 'uniform' min: 2 max: 3 } data_filler { value: 4 }"
        ),
        seed=1,
    )
    first, second = source.next_batch(), source.next_batch()
    assert source.prefetched
    assert (first[0] >= 2).all() and (first[0] <= 3).all()
    assert (first[0] != second[0]).any()
    assert first[1].tolist() == [4, 4]


def test_a_restored_feed_draws_the_same() -> None:
    description = text("shape { dim: 5 } data_filler { type: 'gaussian' }")
    source = feed(description, seed=1)
    source.next_batch()
    state = source.state()
    expected = source.next_batch()
    again = feed(description, seed=1)
    again.restore(state)
    assert all((a == b).all() for a, b in zip(again.next_batch(), expected, strict=True))


def test_old_dimensions_once_or_once_a_top() -> None:
    param = layer(text("num: 2 num: 3 channels: 4 height: 5 width: 6"))
    assert top_shapes("DummyData", param, "TRAIN") == [(2, 4, 5, 6), (3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ("", "shape", "shape is written 0 times for 2 tops"),
        ("shape { } shape { } shape { }", "shape", "3 times for 2 tops"),
        ("num: 1 shape { dim: 1 }", "shape", "old forms"),
        ("num: 1 channels: 1 height: 1", "width", "width is written 0 times"),
        ("shape { } data_filler { } data_filler { } data_filler { }", "data_filler", "3 data_f"),
    ],
)
def test_what_caffe_refuses_names_the_field(fields: str, field: str, words: str) -> None:
    with pytest.raises(ShapeError, match=words) as caught:
        top_shapes("DummyData", layer(text(fields)), "TRAIN")
    assert caught.value.field == f"dummy_data_param.{field}"


@pytest.mark.parametrize("value", ["nan", "inf", "-1e38"])
def test_values_that_are_no_numbers_are_told(value: str) -> None:
    source = feed(text(f"shape {{ dim: 2 }} data_filler {{ value: {value} }}", 'top: "a"'))
    with pytest.raises(DataError, match=r"data_filler gives the value (nan|inf|-1e\+38)"):
        source.next_batch()
    source.close()
