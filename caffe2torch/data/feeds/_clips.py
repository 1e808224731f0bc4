"""Clips: short runs of frames or of optical flow from a list, cropped in several sizes.

Frames are stored as image files. TSN trains on their crops at fixed places, and on mirrored flow.

Source: yjxiong's caffe video_data_layer.cpp; util/io.cpp, ReadSegmentRGBToDatum and
        ReadSegmentFlowToDatum; data_transformer.cpp (fillCropSize, fillFixOffset, Transform);
        Wang et al., Towards Good Practices for Very Deep Two-Stream ConvNets (2015)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import Sample, Samples, Shape, SourceSite, positive, stack
from caffe2torch.data.feeds.image_data import DECODED, PIXELS, ImageData
from caffe2torch.data.images import read_image
from caffe2torch.data.lists import read_list
from caffe2torch.data.resize import bilinear
from caffe2torch.errors import C2TError, DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# Sides of crops, as shares of the shorter side of the frame.
_RATIOS = (1.0, 0.875, 0.75, 0.66)

# Places of crops in quarters of what is free: corners and centre, then middles and quarters.
_PLACES = [(0, 0), (0, 4), (4, 0), (4, 4), (2, 2)]

_MORE_PLACES = [(0, 2), (4, 2), (2, 0), (2, 4), (1, 1), (1, 3), (3, 1), (3, 3)]


class Clips(ImageData):
    """Reads new_length frames from each of num_segments parts of the videos of a list."""

    source_field = "video_data_param.source"

    def __init__(self, site: SourceSite) -> None:
        import numpy as np

        self.whole, self.video = site.param, site.param.video_data_param
        self.videos = read_videos(self.video.source, site.base)
        plain = pb.LayerParameter(name=site.param.name, top=site.param.top)
        plain.image_data_param.source = self.video.source
        plain.image_data_param.shuffle = self.video.shuffle
        size = positive(self.video.batch_size, "video_data_param.batch_size")
        plain.image_data_param.batch_size = size
        super().__init__(replace(site, param=plain))
        self.lines = [(folder, label) for folder, _, label in self.videos]
        self.order = self._order()
        transform = site.param.transform_param
        self.scale = np.float32(transform.scale)
        self.mean = np.array(transform.mean_value or [0], np.float32)
        if transform.HasField("mean_file"):
            raise ShapeError("clips take mean_value only", field="transform_param.mean_file")

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        import numpy as np

        size = positive(param.video_data_param.batch_size, "video_data_param.batch_size")
        folder, _, _ = read_videos(param.video_data_param.source, base)[0]
        clip = read_clip(param.video_data_param, folder, [0], base)
        c, h, w = clip.shape
        crop = param.transform_param.crop_size
        draw_crop(param.transform_param, (h, w), False, np.random.default_rng(0))
        c *= param.video_data_param.num_segments
        shapes: list[Shape] = [(size, c, crop or h, crop or w), (size, 1, 1, 1)]
        return shapes[: len(param.top)]

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples:
        positive(param.video_data_param.batch_size, "video_data_param.batch_size")
        videos = read_videos(param.video_data_param.source, base)
        return Samples(len(videos), _samples(param.video_data_param, videos, base, limit))

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        self.taken = [self._next_line() for _ in range(self.param.batch_size)]
        clips = self.workers.map(self._clip, range(len(self.taken)))
        self.batches += 1
        labels = np.array([self.videos[i][2] for i in self.taken], np.float32)
        tops = [stack(clips, self.describe), labels.reshape(-1, 1, 1, 1)]
        return tops[: len(self.whole.top)]

    def _clip(self, index: int) -> NDArray[np.float32]:
        import numpy as np

        rng = self.site.rng(PIXELS, self.batches, index)
        folder, length, _ = self.videos[self.taken[index]]
        starts = segment_starts(self.video, length, rng if self.site.train else None)
        try:
            clip = read_clip(self.video, folder, starts, self.site.base)
            part = cropped(clip, self.whole.transform_param, self.site.train, rng)
        except C2TError as error:
            error.message = f"{self.describe(index)}: {error.message}"
            raise
        mean = np.resize(self.mean, len(part))[:, None, None]
        whole: NDArray[np.float32] = (part - mean) * self.scale
        return whole


def read_videos(path: str, base: str | None) -> list[tuple[str, int, int]]:
    """Return folder, number of frames and label of each line of a list.

    Raises: DataError if the list cannot be read, or a line is of another kind.
    """
    videos = []
    for number, line in enumerate(read_list(path, base).splitlines(), 1):
        words = line.split()
        if words and (len(words) != 3 or not (words[1] + words[2]).isdecimal()):
            raise DataError(
                f'list "{path}", line {number}: "{line}" is not a folder, a number of frames and '
                "a label"
            )
        if words:
            videos.append((words[0], int(words[1]), int(words[2])))
    return videos


def _samples(
    param: pb.VideoDataParameter, videos: list[tuple[str, int, int]], base: str | None, limit: int
) -> Iterator[Sample]:
    """Yield every label, and the clips of some videos spread over the list."""
    step = max(1, len(videos) // min(limit, DECODED))
    for index, (folder, length, label) in enumerate(videos):
        starts = segment_starts(param, length, None)
        pixels = read_clip(param, folder, starts, base) if index % step == 0 else None
        yield Sample(pixels, label, 0, encoded=True)


def segment_starts(
    param: pb.VideoDataParameter, length: int, rng: np.random.Generator | None
) -> list[int]:
    """Frames (from 0) at which the parts of a clip start: at random with `rng`, else mid-way."""
    part = length // param.num_segments
    free = part - param.new_length + 1
    if free < 1:
        return [0] * param.num_segments
    return [
        i * part + (int(rng.integers(free)) if rng else free // 2)
        for i in range(param.num_segments)
    ]


def read_clip(
    param: pb.VideoDataParameter, folder: str, starts: list[int], base: str | None
) -> NDArray[np.uint8]:
    """Stack frames (or x and y of the flow) along the channels: (C, H, W).

    Raises: DataError if a file is missing or is no image.
    """
    import numpy as np

    flow = param.modality == pb.VideoDataParameter.FLOW
    usual = "flow_%c_%04d.jpg" if flow else "image_%04d.jpg"
    pattern = param.name_pattern or usual
    maps = []
    for frame in (start + 1 + i for start in starts for i in range(param.new_length)):
        for name in [("x", frame), ("y", frame)] if flow else [(frame,)]:
            path = f"{folder}/{pattern % name}"
            color = not (flow or param.grayscale)
            maps.append(read_image(path, param.new_height, param.new_width, color, base))
    return np.concatenate(maps)


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
        places = _PLACES + _MORE_PLACES * param.more_fix_crop
        y, x = places[rng.integers(len(places))]
        return y * (free[0] // 4), x * (free[1] // 4), height, width
    return int(rng.integers(free[0] + 1)), int(rng.integers(free[1] + 1)), height, width


def crop_sizes(param: pb.TransformationParameter, height: int, width: int) -> list[tuple[int, int]]:
    """Sizes (height, width) of crops, of which one is drawn; nearly the net's size is just that."""
    base, size = min(height, width), param.crop_size
    sides = [int(base * ratio) for ratio in param.scale_ratios or _RATIOS]
    sides = [size if abs(side - size) < 3 else side for side in sides]
    n = len(sides)
    far = param.max_distort
    return [(sides[i], sides[j]) for i in range(n) for j in range(n) if abs(i - j) <= far]
