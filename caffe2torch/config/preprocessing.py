"""What becomes of a picture before it enters a net, as the net's data layer does it in TEST.

The one answer for `predict`, `extract` and the `preprocess` of converted files. What the files do
not say is a doubt, which whoever uses it tells loudly.

Source: Caffe src/caffe/data_transformer.cpp, DataTransformer::Transform (TEST: the crop is the
        middle); src/caffe/util/io.cpp, ReadImageToCVMat (resize: cv::resize, INTER_LINEAR)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.source import SourceUse, sources_of
from caffe2torch.data import forks, resize
from caffe2torch.data.fused import Images, Minus
from caffe2torch.data.mean import load_mean
from caffe2torch.data.paths import resolve
from caffe2torch.data.transform import mean_and_scale
from caffe2torch.errors import C2TError, DataError, UnsupportedError, shape_text
from caffe2torch.format.upgrade import Net, read_net
from caffe2torch.graph.filtering import filter_layers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USUAL_NAMES = ("train_val.prototxt", "train_test.prototxt", "train.prototxt", "test.prototxt")
MOST_FILES = 64
MOST_BYTES = 1 << 22
"""Nets beside a net that are read in search of its data layer."""

OPTIONS = "--transform TRAIN.prototxt, --mean FILE or B,G,R and --scale S say it"


@dataclass(frozen=True)
class Given:
    """What a user says in place of the net's files.

    transform: a net whose data layer says it all
    mean:      a mean file, or numbers: one, or one a channel in the order B,G,R
    scale:     factor after the mean
    resize:    height and width before the crop
    """

    transform: Path | None = None
    mean: str = ""
    scale: float | None = None
    resize: tuple[int, int] | None = None


@dataclass(frozen=True)
class Preprocessing:
    """From a picture (C, h, w) uint8, 0..255, in the order B,G,R or gray, to a net's input.

    shape:  (C, H, W) that the net takes
    resize: height and width before the crop, which is the middle; the same where there is none
    mean:   (C, h, w) float32 of the resized picture, or (1 or C, 1, 1); None for none
    scale:  factor after the mean
    policy: resize_param of a net for boxes; None for plain INTER_LINEAR
    source: the file and layer that say so; "" if nothing does
    mean_source: the mean file; "" for numbers or none
    doubts: what is not known, or cannot be done as the files say
    """

    shape: tuple[int, int, int]
    resize: tuple[int, int]
    mean: NDArray[np.float32] | None = None
    scale: float = 1.0
    policy: pb.ResizeParameter | None = None
    source: str = ""
    mean_source: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def gray(self) -> bool:
        return self.shape[0] == 1

    @property
    def is_mean_image(self) -> bool:
        """Whether every pixel has a mean of its own."""
        return self.mean is not None and self.mean.shape[1:] != (1, 1)

    @property
    def offsets(self) -> tuple[int, int]:
        """Where the crop begins, from the top and from the left."""
        return (self.resize[0] - self.shape[1]) // 2, (self.resize[1] - self.shape[2]) // 2

    def resized(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture (C, h, w) in the size before the crop, uint8."""
        import numpy as np

        if self.policy is not None:
            return resize.resized(pixels, self.policy, np.random.default_rng(0))
        return resize.bilinear(pixels, *self.resize)

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The input (C, H, W) float32 that TEST makes of a picture.

        Raises: DataError for a picture of other channels.
        """
        import numpy as np

        if len(pixels) != self.shape[0]:
            raise DataError(
                f"a picture of {len(pixels)} channels, and the net takes {self.shape[0]}"
            )
        whole = self.resized(pixels)
        out = np.empty((1, *self.shape), np.float32)
        spare = whole.shape[1] - self.shape[1], whole.shape[2] - self.shape[2]
        top, left = (np.array([room // 2]) for room in spare)
        Minus(self.mean, np.float32(self.scale)).fill(Images([whole], np.zeros(1), top, left), out)
        batch: NDArray[np.float32] = out[0]
        return batch

    def described(self) -> str:
        """One line: the order of channels, the resizing, the mean and the scale."""
        (_, h, w), (rows, columns) = self.shape, self.resize
        parts = ["gray" if self.gray else "BGR", f"resized to {rows}x{columns}"]
        parts += [f"the middle {h}x{w}"] if (rows, columns) != (h, w) else []
        if self.is_mean_image:
            parts.append(f"minus the mean image {self.mean_source}")
        elif self.mean is not None:
            parts.append("minus " + ", ".join(f"{value:g}" for value in self.mean.ravel()))
        parts += [f"times {self.scale:g}"] if self.scale != 1 else []
        return ", ".join(parts)


def takes_images(shape: Sequence[int]) -> bool:
    """Whether a blob of this shape (N, C, H, W) may be pictures, by its channels and size."""
    return len(shape) == 4 and shape[1] in (1, 3) and min(shape[2:]) > 1


def preprocessing(shape: Sequence[int], net: Net, given: Given = Given()) -> Preprocessing:
    """How pictures are prepared for an input (N, C, H, W) of a net; see `takes_images`.

    Looks at the net's own data layers, then at the nets beside it, or at `given.transform` alone.
    Raises: DataError if what was given cannot be read or does not fit.
    """
    size = (shape[1], shape[2], shape[3])
    nets = [read_net(given.transform)] if given.transform else [net, *beside(net)]
    source = next(filter(None, map(image_source, nets)), None)
    if given.transform and source is None:
        raise DataError(
            f"{given.transform} has no layer that reads images",
            hint="name the net that was trained, with its data layer",
        )
    return _Reader(size, source, given, net).read()


def image_source(net: Net) -> SourceUse | None:
    """The layer of a net that reads images in TEST, or else in TRAIN; None if there is none."""
    for phase in (pb.TEST, pb.TRAIN):
        try:
            layers = filter_layers(net, pb.NetState(phase=phase))
        except C2TError:
            continue
        sources = [use for use in sources_of(net, layers, phase == pb.TRAIN) if _reads_images(use)]
        if sources:
            return max(sources, key=lambda use: use.layer.HasField("transform_param"))
    return None


def _reads_images(use: SourceUse) -> bool:
    return bool(use.layer.top) and (use.images or use.layer.HasField("transform_param"))


def beside(net: Net) -> Iterator[Net]:
    """The nets in a net's folder that may hold its data layers.

    Those of the usual names, and those with most of its layers.
    """
    folder, itself = Path(net.file).parent, Path(net.file).name
    if not net.file:
        return
    yield from _readable(folder / name for name in USUAL_NAMES if name != itself)
    names = {layer.name for layer in net.message.layer if layer.bottom}
    others = sorted(set(folder.glob("*.prototxt")) - {folder / name for name in USUAL_NAMES})
    for other in _readable(path for path in others[:MOST_FILES] if path.name != itself):
        shared = names & {layer.name for layer in other.message.layer}
        if 2 * len(shared) > len(names):
            yield other


def _readable(paths: Iterable[Path]) -> Iterator[Net]:
    left = MOST_BYTES
    for path in paths:
        try:
            left -= path.stat().st_size if path.is_file() else 0
            if left < 0:
                return
            if path.is_file():
                yield read_net(path)
        except (C2TError, OSError):
            continue  # a solver, or a file that is somebody else's trouble


@dataclass
class _Reader:
    """Puts together what a data layer says and what was given in its place."""

    shape: tuple[int, int, int]
    source: SourceUse | None
    given: Given
    net: Net

    def read(self) -> Preprocessing:
        self.doubts: list[str] = []
        mean, mean_source = self._mean()
        size = self._size(mean)
        if mean is not None and mean.shape[1:] not in ((1, 1), size):
            self.doubts.append(
                f"the mean image {mean_source} is {shape_text(mean.shape)}, and pictures are "
                f"{size[0]}x{size[1]} before the crop: its mean by channel is taken"
            )
            mean = mean.mean(axis=(1, 2), keepdims=True)
        use = self.source
        says = f'{use.net.file}, layer "{use.name}"' if use else ""
        whole = Preprocessing(self.shape, size, mean, self._scale(), None, says, mean_source)
        if use is not None:
            self._foreign(use)
            whole = replace(whole, policy=self._policy(use))
        elif not (self.given.mean or self.given.scale is not None):
            self._nothing_known()
        return replace(whole, doubts=tuple(self.doubts))

    def _nothing_known(self) -> None:
        order = "gray" if self.shape[0] == 1 else "B,G,R"
        self.doubts.append(
            "nothing says how pictures are prepared: no data layer in "
            f"{self.net.file or 'the net'} or in a net beside it; {order} of 0..255 without a "
            f"mean is only a guess; {OPTIONS}"
        )

    def _foreign(self, use: SourceUse) -> None:
        plain = mean_and_scale(use.transform)
        for name in ("scale", "mean_file", "mean_value", "force_color", "force_gray"):
            plain.ClearField(name)
        try:
            forks.refuse(plain, "transform_param", _changes_pixels)
        except UnsupportedError as error:
            self.doubts.append(error.message)
        if not use.images:
            self.doubts.append(
                f'layer "{use.name}" ({use.type}) reads what another program made of the '
                f"pictures; {OPTIONS}"
            )

    def _policy(self, use: SourceUse) -> pb.ResizeParameter | None:
        """The resize_param, where it is applied and gives the size that is wanted."""
        param = use.transform.resize_param
        if self.given.resize or not use.transform.HasField("resize_param"):
            return None
        if resize.new_size(param, *self.shape[1:]) != self._size(None):
            return None
        linear = not param.interp_mode or set(param.interp_mode) == {param.LINEAR}
        return None if linear and param.resize_mode == param.WARP else param

    def _scale(self) -> float:
        if self.given.scale is not None:
            return self.given.scale
        return self.source.scale if self.source else 1.0

    def _size(self, mean: NDArray[np.float32] | None) -> tuple[int, int]:
        """Height and width before the crop."""
        wanted = self.shape[1:]
        size = self.given.resize or self._stored(mean)
        if size is None:
            if self._crops():
                self.doubts.append(
                    f"the size before the crop of {wanted[0]}x{wanted[1]} is not known: pictures "
                    "are brought to it whole; --resize HEIGHT,WIDTH says it"
                )
            return wanted
        if size[0] >= wanted[0] and size[1] >= wanted[1]:
            return size
        if self.given.resize:
            raise DataError(
                f"--resize {size[0]},{size[1]} is smaller than the net's input, which is "
                f"{wanted[0]}x{wanted[1]}"
            )
        return wanted

    def _crops(self) -> bool:
        return bool(self.source and self.source.transform.crop_size)

    def _stored(self, mean: NDArray[np.float32] | None) -> tuple[int, int] | None:
        """The size that the data layer crops from, None if nothing tells it."""
        if self.source is None:
            return _size_of(mean)
        param = self.source.transform.resize_param
        if param.height and param.width:
            return param.height, param.width
        height = getattr(self.source.param, "new_height", 0)
        width = getattr(self.source.param, "new_width", 0)
        if height and width:
            return int(height), int(width)
        if _size_of(mean):
            return _size_of(mean)
        if not self._crops() or self.source.stats is None:
            return None
        shapes = [shape for shape in self.source.stats.shapes if len(shape) == 3]
        return shapes[0][1:] if len(shapes) == 1 else None

    def _mean(self) -> tuple[NDArray[np.float32] | None, str]:
        """The mean, and the file that it is from."""
        import numpy as np

        transform = self.source.transform if self.source else pb.TransformationParameter()
        if self.given.mean:
            return self._given_mean()
        if transform.mean_value:
            values = np.array(transform.mean_value, np.float32)
            return self._fitting(values.reshape(-1, 1, 1), "mean_value"), ""
        if not transform.mean_file or self.source is None:
            return None, ""
        if self.source.mean is None:
            path = resolve(transform.mean_file, self.source.base)
            reason = "is missing" if not Path(path).is_file() else str(self.source.errors["mean"])
            self.doubts.append(
                f"mean file {transform.mean_file} {reason}: no mean is subtracted; "
                "--mean FILE or B,G,R says it"
            )
            return None, ""
        name = Path(transform.mean_file).name
        return self._fitting(self.source.mean, name), name

    def _given_mean(self) -> tuple[NDArray[np.float32], str]:
        values = mean_values(self.given.mean)
        mean = load_mean(Path(self.given.mean)) if values is None else values
        if len(mean) not in (1, self.shape[0]):
            raise DataError(
                f"--mean {self.given.mean} has {len(mean)} channels, the net takes {self.shape[0]}"
            )
        return mean, "" if values is not None else Path(self.given.mean).name

    def _fitting(self, mean: NDArray[Any], name: str) -> NDArray[np.float32] | None:
        if len(mean) in (1, self.shape[0]):
            return mean
        self.doubts.append(
            f"{name} has {len(mean)} channels, and the net takes {self.shape[0]}: it is not "
            "subtracted; --mean says another"
        )
        return None


def mean_values(text: str) -> NDArray[np.float32] | None:
    """Numbers separated by commas as (count, 1, 1); None if the text is none, but a file's name."""
    import numpy as np

    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return np.array(values, np.float32).reshape(-1, 1, 1)


def _size_of(mean: NDArray[np.float32] | None) -> tuple[int, int] | None:
    if mean is None or mean.shape[1:] == (1, 1):
        return None
    return mean.shape[1], mean.shape[2]


def _changes_pixels(name: str) -> bool:
    """Whether a fork's field of transform_param does something to pixels in TEST."""
    return name not in ("use_gpu_transform", "display", "forward_packing", "emit_constraint")
