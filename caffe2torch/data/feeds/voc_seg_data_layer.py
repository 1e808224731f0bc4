"""VOCSegDataLayer: an image and its map of classes a step, from a folder as PASCAL VOC has it.

Source: fcn.berkeleyvision.org voc_layers.py, class VOCSegDataLayer
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.data import param_str
from caffe2torch.data.feeds._one_image import OneImageFeed
from caffe2torch.data.feeds.base import Shape, SourceSite
from caffe2torch.data.images import decode_image
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import DataError, ShapeError
from caffe2torch.inputs import read, read_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb


@dataclass(frozen=True)
class Settings:
    """What the param_str says: folder, name of a list, mean of blue, green and red, order."""

    folder: Path
    split: str
    mean: tuple[float, float, float]
    shuffled: bool


class VOCSegDataLayer(OneImageFeed):
    """Reads one image after another, or, in training splits, images by chance.

    As in the project, a split whose name has "train" in it is read at random, with each image
    drawn anew, unless randomize says otherwise; pixels are BGR less the mean; a class of 255 is
    the border that does not count.
    """

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.settings = read_settings(site.param, site.base)
        self.names = _names(self.settings)

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        settings = read_settings(param, base)
        image, label = _pair(settings, _names(settings)[0])
        return [image.shape, label.shape]

    def next_batch(self) -> list[NDArray[np.float32]]:
        name = self.names[self._index()]
        self.batches += 1
        return list(_pair(self.settings, name))

    def _index(self) -> int:
        if not self.settings.shuffled:
            return self.number % len(self.names)
        return int(self.site.rng(self.number).integers(len(self.names)))


def read_settings(param: pb.LayerParameter, base: str | None = None) -> Settings:
    """Read the param_str. Raises: DataError for other tops; ShapeError for unfit values."""
    if len(param.top) != 2:
        raise DataError("a layer of two tops is read: the image and its classes")
    given = param_str.values(param)
    mean = given.get("mean", (0, 0, 0))
    try:
        blue, green, red = (float(value) for value in mean)
    except (TypeError, ValueError):
        raise ShapeError(
            f"mean of param_str is {mean!r}, not three numbers", field="python_param.param_str"
        ) from None
    path, split = str(given.get("voc_dir", "")), str(given.get("split", ""))
    if not (path and split):
        raise ShapeError(
            "param_str needs voc_dir, the folder of PASCAL VOC, and split",
            field="python_param.param_str",
        )
    folder = Path(resolve(path, base))
    if not folder.is_dir():
        raise DataError(
            f"{path} does not exist: no folder of PASCAL VOC", hint=f"{places(path, base)}"
        )
    shuffled = "train" in split and bool(given.get("randomize", True))
    return Settings(folder, split, (blue, green, red), shuffled)


def _names(settings: Settings) -> list[str]:
    path = settings.folder / "ImageSets" / "Segmentation" / f"{settings.split}.txt"
    try:
        names = read_text(path).split()
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: no list of the split") from None
    if not names:
        raise DataError(f"{path} lists no image")
    return names


def _pair(settings: Settings, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The image (1, 3, H, W) and its classes (1, 1, H, W)."""
    import numpy as np

    image = _decoded(settings.folder / "JPEGImages" / f"{name}.jpg")
    classes = _classes(settings.folder / "SegmentationClass" / f"{name}.png")
    mean = np.array(settings.mean, np.float32)[:, None, None]
    return (image.astype(np.float32) - mean)[None], classes.astype(np.float32)[None, None]


def _decoded(path: Path) -> NDArray[np.uint8]:
    try:
        return decode_image(read(path), "color")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist") from None
    except DataError as error:
        raise DataError(f"{path} {error.message}") from None


def _classes(path: Path) -> NDArray[np.uint8]:
    """The numbers of the palette's colours, (H, W): the classes."""
    import io

    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(read(path))) as image:
            return np.array(image, np.uint8)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist") from None
    except Exception as error:  # noqa: BLE001  Pillow's readers raise anything on broken files
        raise DataError(f"{path} is no picture of classes: {error}") from None
