"""The fans that fillers scale by, and what every filler refuses."""

from __future__ import annotations

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.fillers.base import Filler, fans, refuse_empty, refuse_scalar, scale_count


class Scaled(Filler):
    type = "scaled"
    scales = True


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((20, 5, 3, 3), (45, 180)),  # count 900 by 20 and by 5
        ((7, 60), (60, 7)),
        ((6,), (1, 6)),  # one axis: fan_out is the count
        ((), (0, 1)),
        ((0, 3), (0, 0)),
    ],
)
def test_fans_are_counts_by_the_first_two_axes(
    shape: tuple[int, ...], expected: tuple[float, float]
) -> None:
    assert fans(shape) == expected


@pytest.mark.parametrize(("norm", "n"), [("FAN_IN", 45), ("FAN_OUT", 180), ("AVERAGE", 112.5)])
def test_variance_norm_chooses_the_count(norm: str, n: float) -> None:
    filler = pb.FillerParameter(variance_norm=pb.FillerParameter.VarianceNorm.Value(norm))
    assert scale_count(filler, (20, 5, 3, 3)) == n


def test_blobs_that_cannot_be_filled_are_refused() -> None:
    refuse_empty(())  # a single number
    with pytest.raises(ShapeError, match=r"shape \(3, 0\) holds no weights"):
        refuse_empty((3, 0))
    refuse_scalar("xavier", (1,))
    with pytest.raises(ShapeError, match='filler "xavier" needs a blob with at least one axis'):
        refuse_scalar("xavier", ())


def test_only_fillers_that_scale_refuse_a_single_number() -> None:
    plain = pb.FillerParameter()
    Filler().check(plain, ())
    Scaled().check(plain, (1,))
    with pytest.raises(ShapeError) as caught:
        Scaled().check(plain, ())
    assert (caught.value.field, caught.value.hint) == ("type", 'use type: "constant"')
    with pytest.raises(ShapeError) as caught:
        Scaled().check(pb.FillerParameter(sparse=0), (2,))
    assert caught.value.field == "sparse"
