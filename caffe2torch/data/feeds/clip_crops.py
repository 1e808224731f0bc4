"""Crops of several sizes at fixed places, and mirrored flow: what TSN trains on.

Source: Wang et al., Towards Good Practices for Very Deep Two-Stream ConvNets (2015);
        yjxiong's caffe data_transformer.cpp (fillCropSize, fillFixOffset, Transform)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch.data.resize import bilinear
from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

_RATIOS = (1.0, 0.875, 0.75, 0.66)
# Places of crops in quarters of what is free: corners and centre, then middles and quarters.
_PLACES = [(0, 0), (0, 4), (4, 0), (4, 4), (2, 2)]
_MORE = [(0, 2), (4, 2), (2, 0), (2, 4), (1, 1), (1, 3), (3, 1), (3, 3)]


def crop_sizes(param: pb.TransformationParameter, height: int, width: int) -> list[tuple[int, int]]:
    """Sizes (height, width) of crops, of which one is drawn; nearly the net's size is just that."""
    base, size = min(height, width), param.crop_size
    sides = [int(base * ratio) for ratio in param.scale_ratios or _RATIOS]
    sides = [size if abs(side - size) < 3 else side for side in sides]
    n = len(sides)
    far = param.max_distort
    return [(sides[i], sides[j]) for i in range(n) for j in range(n) if abs(i - j) <= far]


def draw_crop(
    param: pb.TransformationParameter,
    shape: tuple[int, int],
    train: bool,
    rng: np.random.Generator,
) -> tuple[int, int, int, int]:
    """Draw top, left, height and width of a crop of an image (height, width).

    Raises: ShapeError if crop_size is larger than the image.
    """
    height = width = param.crop_size
    if not height:
        return 0, 0, *shape
    if min(shape) < height:
        raise ShapeError(
            f"crop_size {height} is larger than the frames, which are {shape[0]}x{shape[1]}",
            field="transform_param.crop_size",
        )
    if train and param.multi_scale:
        sizes = crop_sizes(param, *shape)
        height, width = sizes[rng.integers(len(sizes))]
    free = shape[0] - height, shape[1] - width
    if not train:
        return free[0] // 2, free[1] // 2, height, width
    if param.fix_crop:
        places = _PLACES + _MORE * param.more_fix_crop
        y, x = places[rng.integers(len(places))]
        return y * (free[0] // 4), x * (free[1] // 4), height, width
    return int(rng.integers(free[0] + 1)), int(rng.integers(free[1] + 1)), height, width


def cropped(
    clip: NDArray[np.uint8],
    param: pb.TransformationParameter,
    train: bool,
    rng: np.random.Generator,
) -> Any:
    """Crop, resize to crop_size and mirror a clip (C, H, W); a mirrored flow's x turns round."""
    top, left, height, width = draw_crop(param, (clip.shape[1], clip.shape[2]), train, rng)
    part = clip[:, top : top + height, left : left + width]
    if param.crop_size:
        part = bilinear(part, param.crop_size, param.crop_size)
    if param.mirror and rng.integers(2):
        part = part[..., ::-1].copy()
        if param.is_flow:
            part[::2] = 255 - part[::2]
    return part
