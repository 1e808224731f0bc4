"""What fillers refuse, where they say it, and how a seed fixes them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fillers
from caffe2torch.errors import ShapeError, UnsupportedError

PLAIN = ("constant", "bilinear", "gabor", "file")


@pytest.mark.parametrize(
    ("filler", "shape", "field", "words"),
    [
        (pb.FillerParameter(type="glorot"), (2, 3), "type", "glorot"),
        (pb.FillerParameter(type="xavier", sparse=2), (2, 3), "sparse", "sparse: 2"),
        (pb.FillerParameter(type="constant"), (0, 3), "", "no weights"),
        (pb.FillerParameter(type="gaussian", std=0), (2, 3), "std", "positive"),
        (pb.FillerParameter(type="gaussian", sparse=3), (2, 3), "sparse", "2 outputs"),
        (pb.FillerParameter(type="gaussian", sparse=-2), (2, 3), "sparse", "-2"),
        (pb.FillerParameter(type="uniform", min=2), (2, 3), "min", "above max 1"),
        (pb.FillerParameter(type="bilinear"), (2, 3), "type", "4 axes"),
        (pb.FillerParameter(type="bilinear"), (2, 1, 4, 3), "type", "square"),
        (pb.FillerParameter(type="gabor"), (32, 1, 5, 5), "type", "no kernels"),
        (pb.FillerParameter(type="msra"), (), "type", "at least one axis"),
        (pb.FillerParameter(type="positive_unitball"), (), "type", "at least one axis"),
    ],
)
def test_refused_at_the_field(
    filler: pb.FillerParameter, shape: tuple[int, ...], field: str, words: str
) -> None:
    with pytest.raises(ShapeError, match=words) as caught:
        fillers.check(filler, shape, "x_param.weight_filler")
    assert caught.value.field == ".".join(p for p in ("x_param.weight_filler", field) if p)
    if caught.value.field.endswith("filler"):
        return
    assert caught.value.hint


def test_an_unknown_filler_lists_the_known_ones() -> None:
    with pytest.raises(UnsupportedError) as caught:
        fillers.find("he")
    assert "msra" in str(caught.value.hint)
    assert "positive_unitball" in str(caught.value.hint)


def test_names_are_caffes_spelling() -> None:
    with pytest.raises(UnsupportedError):
        fillers.find("Xavier")


@pytest.mark.parametrize("kind", fillers.names())
def test_a_seed_fixes_the_weights(kind: str, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("1 2 " * 32 * 3 * 25)
    filler = pb.FillerParameter(type=kind, file=str(numbers))
    by_place = kind in ("xy", "flowBorderMask")
    first, again, other = (torch.zeros(32, 2 if by_place else 3, 5, 5) for _ in range(3))
    fillers.fill(first, filler, torch.Generator().manual_seed(1))
    fillers.fill(again, filler, torch.Generator().manual_seed(1))
    fillers.fill(other, filler, torch.Generator().manual_seed(2))
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (by_place or kind in PLAIN)


def test_no_filler_means_zeros() -> None:
    blob = torch.ones(3)
    fillers.fill(blob, None, torch.Generator())
    assert not blob.any()


@pytest.mark.parametrize(
    "bounds", [("-inf", "inf"), ("0", "inf"), ("nan", "1"), ("0", "nan"), ("-3e38", "3e38")]
)
def test_a_uniform_filler_needs_a_finite_width(bounds: tuple[str, str]) -> None:
    low, high = map(float, bounds)
    with pytest.raises(ShapeError, match="has no finite width"):
        fillers.check(pb.FillerParameter(type="uniform", min=low, max=high), (2, 3))
