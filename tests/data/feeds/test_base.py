"""What all source layers share: random numbers of their own, batches, the size of a batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import SourceSite, positive, stack
from caffe2torch.errors import DataError, ShapeError

SITE = SourceSite("d", pb.LayerParameter(), train=True, seed=3)


def drawn(site: SourceSite, *numbers: int) -> list[int]:
    return site.rng(*numbers).integers(0, 2**30, 4).tolist()


def test_the_random_numbers_of_a_batch_do_not_depend_on_what_was_read_before() -> None:
    assert drawn(SITE, 5) == drawn(SITE, 5) == drawn(replace(SITE, world=2, workers=7), 5)


@pytest.mark.parametrize(
    "other",
    [{"seed": 4}, {"name": "e"}, {"train": False}, {"rank": 1}],
    ids=lambda o: next(iter(o)),
)
def test_layers_phases_seeds_and_processes_have_their_own(other: dict[str, object]) -> None:
    assert drawn(replace(SITE, **other), 5) != drawn(SITE, 5)  # type: ignore[arg-type]
    assert drawn(SITE, 6) != drawn(SITE, 5) != drawn(SITE, 5, 0)


def test_images_of_one_shape_are_a_batch() -> None:
    images = [np.full((3, 2, 2), i, np.float32) for i in range(4)]
    batch = stack(images, str)
    assert batch.shape == (4, 3, 2, 2) and batch[:, 0, 0, 0].tolist() == [0, 1, 2, 3]


def test_an_image_of_another_shape_is_named() -> None:
    images = [np.zeros((3, 2, 2), np.float32)] * 2 + [np.zeros((1, 2, 2), np.float32)]
    with pytest.raises(DataError, match=r"cat 2 comes to \(1, 2, 2\), .* began with \(3, 2, 2\)"):
        stack(images, lambda i: f"cat {i}")


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_size_that_is_not_set_is_refused_at_its_field(size: int) -> None:
    assert positive(1, "data_param.batch_size") == 1
    with pytest.raises(ShapeError, match=f"batch_size must be positive, and is {size}") as caught:
        positive(size, "data_param.batch_size")
    assert caught.value.field == "data_param.batch_size"
