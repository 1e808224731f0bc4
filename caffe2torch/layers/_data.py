"""What the data layers share: shapes read from the data, or guessed where the files are missing."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import DataError
from caffe2torch.layers.base import Shape, Site

NUMBERS = ("label", "target", "sim", "weight")
STEPS = ("cont", "clip", "seq")
SIZES = {"mnist": 28, "lenet": 28, "cifar": 32}
USUAL_SIZE = 224  # nets that go down and up again need a multiple of 32


def probed(x: Site, param: Any = None) -> list[Shape]:
    """Shapes of the tops, from the first record; `param` is the message that names the source.

    Raises DataError if it cannot be read, ShapeError for parameters that Caffe refuses.
    """
    from caffe2torch.data import feeds, probe

    if not getattr(param, "source", "given"):
        raise DataError("no source is set", hint="write source, or use an Input layer")
    return probe.top_shapes(feeds.name_of(x.param), x.param, "TRAIN" if x.train else "TEST", x.base)


def unread(x: Site, what: str) -> list[Shape]:
    """Raise DataError for a source whose records no program but its fork reads."""
    raise DataError(
        f"{what} cannot be read here",
        hint="feed its tops: put Input layers, or a data layer that Caffe has, in its place",
    )


def named(top: str, picture: Shape) -> Shape:
    """A label an item, a flag for each step and sequence (LSTM), or a picture."""
    if any(word in top.lower() for word in NUMBERS):
        return picture[:1]
    return picture[:2] if any(word in top.lower() for word in STEPS) else picture


def image(x: Site, param: Any) -> Shape:
    """The most plausible (C, H, W): crop, else resize, else what the names of files suggest."""
    transform = x.param.transform_param
    resize = transform.resize_param
    hint = f"{getattr(param, 'source', '')} {transform.mean_file} {x.name}".lower()
    known = next((size for word, size in SIZES.items() if word in hint), 0)
    sizes = [
        (transform.crop_h, transform.crop_w),
        (transform.crop_size, transform.crop_size),
        (resize.height, resize.width),
        (getattr(param, "new_height", 0), getattr(param, "new_width", 0)),
        (known or USUAL_SIZE,) * 2,
    ]
    height, width = next(size for size in sizes if all(size))
    usual = 1 if known == 28 else 3
    return channels(x, param, usual * (2 if "siamese" in hint else 1)), height, width


def channels(x: Site, param: Any, usual: int) -> int:
    """The most plausible number of channels: what the transform asks for, else the usual one."""
    transform = x.param.transform_param
    if transform.force_gray or not getattr(param, "is_color", True):
        return 1
    if transform.force_color:
        return 3
    return len(transform.mean_value) if len(transform.mean_value) > 1 else usual
