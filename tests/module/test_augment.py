"""Images are changed within what was asked for, each in its own way, and nothing else is."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import SolverError
from caffe2torch.module.augment import Augment, read


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(6, 3, 12, 12, generator=torch.Generator().manual_seed(0))


def test_names_stand_for_values() -> None:
    assert read("gentle")["rotate"] < read("aggressive")["rotate"]
    assert read("rotate=10, pad=2") == {"rotate": 10.0, "pad": 2.0}


@pytest.mark.parametrize("text", ["rotate", "rotate=x", "spin=3", "rotate=181", "translate=-1", ""])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(SolverError):
        read(text)


def test_a_window_of_the_padded_image_is_cropped(images: torch.Tensor) -> None:
    torch.manual_seed(1)
    out = Augment("pad=2")(images)
    assert out.shape == images.shape
    padded = torch.nn.functional.pad(images, (2, 2, 2, 2))
    windows = [
        [padded[i, :, y : y + 12, x : x + 12] for y in range(5) for x in range(5)]
        for i in range(len(images))
    ]
    chosen = [
        [k for k, window in enumerate(row) if torch.equal(window, image)]
        for row, image in zip(windows, out, strict=True)
    ]
    assert all(len(places) == 1 for places in chosen)
    assert len({places[0] for places in chosen}) > 1  # each image has a place of its own


def test_colours_stay_in_the_range_of_the_batch(images: torch.Tensor) -> None:
    torch.manual_seed(1)
    out = Augment("jitter=0.5")(images)
    assert not torch.equal(out, images)
    assert out.min() >= images.min() - 1e-5 and out.max() <= images.max() + 1e-5


def test_a_translation_moves_in_zeros() -> None:
    torch.manual_seed(2)
    out = Augment("translate=0.4")(torch.ones(8, 1, 10, 10))
    assert set(out.unique().tolist()) == {0.0, 1.0}


def test_constant_images_and_other_channels_pass() -> None:
    assert torch.equal(Augment("jitter=0.5")(torch.zeros(2, 5, 4, 4)), torch.zeros(2, 5, 4, 4))
    out = Augment("jitter=0.5")(torch.full((2, 1, 4, 4), 3.0))
    assert torch.isfinite(out).all()
