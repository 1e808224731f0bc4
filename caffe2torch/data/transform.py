"""Crop, subtract the mean, scale, mirror: transform_param in Caffe's order and nothing else.

Source: Caffe src/caffe/data_transformer.cpp, DataTransformer::Transform
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from caffe2torch.data.buffers import Buffers
from caffe2torch.data.forks import refuse
from caffe2torch.data.fused import Images, Minus, is_large
from caffe2torch.data.mean import read_mean
from caffe2torch.data.workers import Workers
from caffe2torch.errors import DataError, ShapeError, shape_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

SPREAD = 1 << 20
"""Values of a batch from which threads cost less than they bring."""

SHARES = 2
"""Parts of a batch a thread: a thread that is held up leaves the others some of its own."""

Shape3 = tuple[int, int, int]

# Fields that move pixels, which layers with boxes or maps of labels apply by themselves.
_MOVES_PIXELS = (
    "resize_param", "distort_param", "expand_param", "crop_h", "crop_w", "crop_size", "mirror",
)  # fmt: skip
NOT_APPLIED = ("noise_param", "geometry_param")
_KNOWN = {
    *("scale", "mirror", "crop_size", "mean_file", "mean_value", "force_color", "force_gray"),
    # where and how a fork computes, not what
    *("use_gpu_transform", "display", "forward_packing", "emit_constraint"),
}


def output_shape(param: pb.TransformationParameter, shape: Shape3) -> Shape3:
    """Return the shape (C, H, W) that an image of `shape` gets, or refuse the image.

    Raises: ShapeError if crop_size is larger than the image, or mean_value does not fit it.
    """
    check(param)
    channels, height, width = shape
    crop = param.crop_size
    if len(param.mean_value) not in (0, 1, channels):
        raise ShapeError(
            f"{len(param.mean_value)} mean_value for {channels} channels",
            field="transform_param.mean_value",
            hint="write one" if channels == 1 else f"write one, or {channels}",
        )
    if crop > min(height, width):
        raise ShapeError(
            f"crop_size {crop} is larger than the image, which is {height} high, {width} wide",
            field="transform_param.crop_size",
            hint=f"use at most {min(height, width)}, or store larger images",
        )
    return (channels, crop, crop) if crop else shape


def check(param: pb.TransformationParameter) -> None:
    """Refuse what Caffe's DataTransformer refuses before it has seen an image: two means."""
    if param.HasField("mean_file") and param.mean_value:
        raise ShapeError(
            f'mean_file "{param.mean_file}" and {len(param.mean_value)} mean_value are both set',
            field="transform_param.mean_value",
            hint="keep one kind",
        )


def check_alike(shape: Shape3, expected: Shape3) -> None:
    """Raise DataError for a transformed image that is not of the shape of the net's batch."""
    if shape != expected:
        raise DataError(f"comes to {shape_text(shape)}, and the net takes {shape_text(expected)}")


def mean_and_scale(param: pb.TransformationParameter) -> pb.TransformationParameter:
    """Return what is left of transform_param without all that moves pixels: mean and scale."""
    plain = type(param)()
    plain.CopyFrom(param)
    for name in (*_MOVES_PIXELS, *NOT_APPLIED):
        plain.ClearField(name)
    return plain


class Transform:
    """The transformation of one data layer.

    train:   crop at random, not at the centre. Mirroring is random in both phases.
    workers: the threads that share a batch; they do not change it
    Raises: ShapeError for two kinds of mean, DataError for a mean_file that cannot be read,
        UnsupportedError for a fork's field that would change the pixels.
    """

    def __init__(
        self,
        param: pb.TransformationParameter,
        train: bool,
        base: str | None = None,
        workers: Workers | None = None,
    ) -> None:
        import numpy as np

        check(param)
        refuse(param, "transform_param", lambda name: name not in _KNOWN)
        self.param, self.train = param, train
        self.values = np.array(param.mean_value, np.float32)
        self.mean = read_mean(param.mean_file, base) if param.HasField("mean_file") else None
        subtracted = self.values[:, None, None] if self.values.size else None
        self.minus = Minus(subtracted if self.mean is None else self.mean, np.float32(param.scale))
        self.workers = workers or Workers(1)
        self.buffers = Buffers()
        self._expected: Shape3 | None = None
        self._alike = True

    def check_image(self, shape: Shape3) -> Shape3:
        """Return the output shape for an image (C, H, W), having checked crop and mean.

        Raises: ShapeError if the crop or the means do not fit the image.
        """
        out = output_shape(self.param, shape)
        if self.mean is not None and self.mean.shape != shape:
            raise ShapeError(
                f'mean_file "{self.param.mean_file}" is {shape_text(self.mean.shape)}, '
                f"and the image is {shape_text(shape)} (before cropping)",
                field="transform_param.mean_file",
                hint="compute the mean from this very database",
            )
        return out

    def __call__(
        self,
        images: list[NDArray[Any]] | NDArray[Any],
        rng: np.random.Generator,
        describe: Callable[[int], str] = "image {}".format,
    ) -> NDArray[np.float32]:
        """Transform images (C, H, W) or (N, C, H, W), uint8 or float32, to a batch (N, C, h, w).

        Each image has a crop and a mirroring of its own. `describe` names image i in an error.
        Raises: DataError if the images do not come to one shape; see also `check_image`.
        """
        shape = self._common_shape(images, describe)
        out = self.buffers.empty((len(images), *shape))
        self._fill(images, self._draw(len(images), _shapes(images), rng), out)
        return out

    def decoded(
        self,
        count: int,
        decode: Callable[[int], NDArray[Any]],
        rng: np.random.Generator,
        describe: Callable[[int], str] = "image {}".format,
    ) -> NDArray[np.float32]:
        """Transform the images decode(0) ... decode(count - 1), as if called with their list.

        Large images go from file to batch one by one, while they are in the processor's cache.
        That takes all to be of one shape, as what was drawn hangs on it: the first other one
        ends the attempt, and this way for good.
        """
        if self._alike:
            expected = self._expected or decode(0).shape
            before = rng.bit_generator.state
            try:
                if is_large(output_shape(self.param, expected)):
                    self._expected = expected
                    return self._one_by_one(count, decode, expected, rng)
            except (_OtherShape, ShapeError):  # the list says which image it is
                rng.bit_generator.state = before
            self._alike = False
        return self(self.workers.map(decode, range(count)), rng, describe)

    def _one_by_one(
        self, count: int, decode: Callable[[int], NDArray[Any]], shape: Shape3,
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:  # fmt: skip
        out = self.buffers.empty((count, *self.check_image(shape)))
        draws = self._draw(count, [shape], rng)

        def fill(i: int) -> None:
            pixels = decode(i)
            if pixels.shape != shape:
                raise _OtherShape
            part = slice(i, i + 1)
            self.minus.fill(Images([pixels], *(draw[part] for draw in draws)), out[part])

        self.workers.map(fill, range(count))
        return out

    def blob(self, x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        """Transform a blob (N, C, H, W) with one crop and one mirroring for all of it."""
        import numpy as np

        out = np.empty((x.shape[0], *self.check_image(x.shape[1:])), np.float32)
        draws = self._draw(1, [x.shape[1:]], rng)
        self._fill(list(x), tuple(draw.repeat(len(x)) for draw in draws), out)
        return out

    def _fill(
        self,
        images: list[NDArray[Any]] | NDArray[Any],
        draws: tuple[Any, ...],
        out: NDArray[np.float32],
    ) -> None:
        """Transform the images into `out` (N, C, h, w)."""
        whole = Images(images, *draws)
        if out.size < SPREAD:
            self.minus.fill(whole, out)
            return
        step = -(-len(out) // (SHARES * self.workers.count))
        parts = [slice(i, i + step) for i in range(0, len(out), step)]
        self.workers.map(lambda part: self.minus.fill(whole.part(part), out[part]), parts)

    def _common_shape(
        self, images: list[NDArray[Any]] | NDArray[Any], describe: Callable[[int], str]
    ) -> Shape3:
        first: Shape3 | None = None
        for index, given in enumerate(_shapes(images)):
            try:
                shape = self.check_image(given)
            except ShapeError as error:
                error.message = f"{describe(index)}: {error.message}"
                raise
            if first is None:
                first = shape
            elif shape != first:
                raise DataError(
                    f"{describe(index)} is {shape_text(shape)}, and the batch began with "
                    f"{shape_text(first)}",
                    hint="set force_color: true or force_gray: true, or store one kind"
                    if shape[0] != first[0]
                    else "use batch_size: 1, set crop_size, or store images of one size",
                )
        if first is None:
            raise DataError("a batch of no images")
        return first

    def _draw(
        self, n: int, shapes: list[Shape3], rng: np.random.Generator
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Whether each of n images is mirrored, and the top and left of each crop.

        shapes: of each image, or only one where all are alike
        """
        import numpy as np

        crop = self.param.crop_size
        flips = rng.integers(2, size=n) if self.param.mirror else np.zeros(n, np.int64)
        if not crop:
            return flips, np.zeros(n, np.int64), np.zeros(n, np.int64)
        spare = np.array(shapes if len(shapes) == n else shapes * n)[:, 1:] - crop
        offsets = rng.integers(spare + 1) if self.train else spare // 2
        return flips, offsets[:, 0], offsets[:, 1]


class _OtherShape(Exception):  # noqa: N818  no error: a way out
    """An image is not of the shape of those before it."""


def _shapes(images: list[NDArray[Any]] | NDArray[Any]) -> list[Shape3]:
    """Return the shape of each image, or only one where all are alike."""
    if not isinstance(images, list):
        return [images.shape[1:]]
    shapes = [image.shape for image in images]
    return shapes[:1] if len(set(shapes)) == 1 else shapes
