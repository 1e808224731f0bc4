"""What the net gets: each channel in numbers, and a picture on one scale."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from caffe2torch.health import inputs
from caffe2torch.layers.base import Role


def runner(*roles: Role, **seen: torch.Tensor) -> Any:
    """A net at work whose one source, of these roles, gave these blobs."""
    layer = SimpleNamespace(plays=lambda role: role in roles)
    node = SimpleNamespace(layer=layer, tops=list(seen))
    return SimpleNamespace(graph=SimpleNamespace(sources=[node]), seen=seen)


def images(count: int, channels: int = 3) -> torch.Tensor:
    return torch.arange(count * channels * 4.0).view(count, channels, 2, 2)


def test_a_channel_is_measured_over_the_batch() -> None:
    first, second = inputs.channels(runner(Role.IMAGES, x=images(2, 2)))
    # channel 0 holds 0..3 and 8..11
    assert (first.blob, first.index, first.low, first.high, first.mean) == ("x", 0, 0, 11, 5.5)
    assert first.std == pytest.approx((sum((v - 5.5) ** 2 for v in [0, 1, 2, 3]) / 4) ** 0.5)
    assert (second.index, second.low, second.high) == (1, 4, 15)


@pytest.mark.parametrize(
    "other",
    [
        runner(x=images(2)),  # no source of images
        runner(Role.IMAGES, x=torch.zeros(2, 5)),  # rows
        runner(Role.IMAGES, x=torch.zeros(0, 3, 2, 2)),
    ],
)
def test_what_is_no_image_is_not_looked_at(other: Any, tmp_path: Path) -> None:
    assert inputs.images(other) == {} and inputs.channels(other) == []
    assert not inputs.save_grid(other, tmp_path / "x.png") and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("labels", "titles"),
    [(torch.tensor([7.0, 2.5]), ["7", "2.5"]), (torch.tensor([1.0]), ["", ""])],
)
def test_images_are_drawn_with_their_first_labels(
    labels: torch.Tensor, titles: list[str], tmp_path: Path
) -> None:
    run = runner(Role.IMAGES, x=images(2), y=labels)
    assert inputs._labels(run, 2) == titles
    assert inputs.save_grid(run, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
