"""The frames of a video file, through torchvision or torchcodec where they can decode it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.data import resize, transform
from caffe2torch.data.feeds.base import LayerFeed, Shape, SourceSite, positive
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import DataError, ShapeError, UnsupportedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def frames(path: str, base: str | None) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a video file, (3, H, W) uint8 in blue, green, red order.

    Raises: DataError if the file is missing, or neither torchvision nor torchcodec decodes it.
    """
    resolved = resolve(path, base)
    if not Path(resolved).is_file():
        raise DataError(f'video "{path}" does not exist', hint=places(path, base))
    inputs.check(resolved)
    for frame in _decoded(resolved):
        yield frame.numpy()[::-1]


def _decoded(path: str) -> Iterator[Any]:
    """Open a file with the first decoder that works; yields tensors (3, H, W) uint8, red first."""
    try:
        from torchvision.io import VideoReader

        return (frame["data"] for frame in VideoReader(path, "video"))
    except (ImportError, RuntimeError, AttributeError):
        pass
    try:
        from torchcodec.decoders import (  # type: ignore[import-not-found, unused-ignore]
            VideoDecoder,
        )

        return iter(VideoDecoder(path))
    except (ImportError, RuntimeError) as error:
        raise DataError(
            f'video "{path}" cannot be decoded: {str(error).partition(chr(10))[0]}',
            hint="install torchcodec with FFmpeg, or a torchvision with a video decoder; "
            "or store the frames as images and use ImageData",
        ) from None


class Frames(LayerFeed):
    """Reads the frames of video_data_param.video_file one after the other, again and again."""

    source_field = "video_data_param.video_file"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.video = site.param.video_data_param
        check(self.video)
        self.size = positive(site.param.data_param.batch_size, "data_param.batch_size")
        self.resize = site.param.transform_param
        self.transform = transform.Transform(without_resize(self.resize), site.train, site.base)
        self.batches = self.frame = 0
        self._stream = frames(self.video.video_file, site.base)

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        check(param.video_data_param)
        size = positive(param.data_param.batch_size, "data_param.batch_size")
        c, h, w = next(frames(param.video_data_param.video_file, base)).shape
        if param.transform_param.HasField("resize_param"):
            resize.check(param.transform_param.resize_param)
            h, w = resize.new_size(param.transform_param.resize_param, h, w)
        out = transform.output_shape(without_resize(param.transform_param), (c, h, w))
        shapes: list[Shape] = [(size, *out), (size,)]
        return shapes[: len(param.top)]

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        rng = self.site.rng(self.batches)
        images = []
        for _ in range(self.size):
            for _ in range(self.video.skip_frames):
                self._next()
            image = self._next()
            if self.resize.HasField("resize_param"):
                image = resize.resized(image, self.resize.resize_param, rng)
            images.append(image)
        self.batches += 1
        tops = [self.transform(images, rng, self.describe), np.zeros(self.size, np.float32)]
        return tops[: len(self.site.param.top)]

    def _next(self) -> Any:
        """Return the next frame; after the last one the first."""
        self.frame += 1
        frame = next(self._stream, None)
        if frame is None:
            self._stream = frames(self.video.video_file, self.site.base)
            self.frame, frame = 1, next(self._stream, None)
        if frame is None:
            raise DataError(f'video "{self.video.video_file}" holds no frame')
        return frame

    def state(self) -> dict[str, Any]:
        return {"batch": self.batches, "frame": self.frame}

    def restore(self, state: dict[str, Any]) -> None:
        self._stream = frames(self.video.video_file, self.site.base)
        self.frame = 0
        while self.frame < state["frame"]:
            self._next()
        self.batches = state["batch"]


def check(param: pb.VideoDataParameter) -> None:
    """Raise UnsupportedError for a camera, ShapeError without a file."""
    if param.video_type == pb.VideoDataParameter.WEBCAM and not param.video_file:
        raise UnsupportedError("a camera (video_type: WEBCAM) is not read; give a video_file")
    if not param.video_file:
        raise ShapeError("video_file is missing", field="video_data_param.video_file")


def without_resize(param: pb.TransformationParameter) -> pb.TransformationParameter:
    """Return transform_param without resize_param."""
    plain = pb.TransformationParameter()
    plain.CopyFrom(param)
    plain.ClearField("resize_param")
    return plain
