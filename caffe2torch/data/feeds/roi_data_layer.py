"""RoIDataLayer: an image and its objects a step, from a folder as PASCAL VOC has it.

Source: py-faster-rcnn lib/roi_data_layer/layer.py and minibatch.py, lib/utils/blob.py
        (prep_im_for_blob), lib/datasets/pascal_voc.py, imdb.py (append_flipped_images)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.data import param_str
from caffe2torch.data.feeds._one_image import OneImageFeed
from caffe2torch.data.feeds.base import Shape, SourceSite
from caffe2torch.data.images import decode_image
from caffe2torch.data.importers.boxes import VOC_CLASSES, Picture, read_voc
from caffe2torch.data.paths import places, resolve
from caffe2torch.data.resize import interpolate
from caffe2torch.errors import DataError, ShapeError
from caffe2torch.inputs import read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

FOLDERS = ("data/VOCdevkit2007/VOC2007", "data/VOCdevkit/VOC2007")
"""Where the project keeps PASCAL VOC, below its own folder."""
MEAN = (102.9801, 115.9465, 122.7717)
"""The project's PIXEL_MEANS: blue, green, red."""


@dataclass(frozen=True)
class Settings:
    """What the param_str of the layer says; its own keys are those behind num_classes.

    voc:      folder of PASCAL VOC; "" for the place where the project keeps it
    split:    a file of ImageSets/Main
    classes:  names of the objects' classes, without the background
    scale, max_size: pixels of the shorter side, and of the longer one at most
    flipped:  whether each image comes mirrored, too
    """

    voc: str
    split: str
    classes: tuple[str, ...]
    scale: int
    max_size: int
    flipped: bool


class RoIDataLayer(OneImageFeed):
    """Reads images in a random order, as the end-to-end training of Faster R-CNN does.

    As in the project, objects marked difficult and images without other objects are left out,
    and the last image of each order is not used.
    """

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.settings = read_settings(site.param)
        self.entries = _entries(self.settings, site.base)

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        settings = read_settings(param)
        picture, _ = _entries(settings, base)[0]
        pixels, _ = prepared(_pixels(picture), settings)
        return [pixels.shape, (1, 3), (len(_objects(picture)), 5)][: len(param.top)]

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        picture, flipped = self.entries[self._index()]
        self.batches += 1
        pixels, objects = _pixels(picture), _objects(picture)
        if flipped:
            left = objects[:, 0].copy()
            objects[:, 0] = pixels.shape[2] - objects[:, 2] - 1
            objects[:, 2] = pixels.shape[2] - left - 1
            pixels = pixels[:, :, ::-1]
        data, scale = prepared(pixels, self.settings)
        objects[:, :4] *= np.float32(scale)
        size = np.array([[*data.shape[2:], scale]], np.float32)
        return [data, size, objects][: len(self.site.param.top)]

    def _index(self) -> int:
        used = max(len(self.entries) - 1, 1)
        order = self.site.rng(self.number // used).permutation(len(self.entries))
        return int(order[self.number % used])


def read_settings(param: pb.LayerParameter) -> Settings:
    """Read the param_str. Raises: DataError for other tops; ShapeError for unfit values."""
    if param.top[1:] not in ([], ["im_info"], ["im_info", "gt_boxes"]):
        raise DataError(
            "regions that another program proposed, in the project's pickles, cannot be read here",
            hint="feed its tops: put Input layers in its place",
        )
    given = param_str.values(param)
    count = given.get("num_classes", len(VOC_CLASSES) + 1)
    classes = tuple(map(str, given.get("classes", VOC_CLASSES)))
    sizes = given.get("scale", 600), given.get("max_size", 1000)
    if not all(isinstance(size, int) and size > 0 for size in (count, *sizes)):
        raise ShapeError(
            f"num_classes {count}, scale {sizes[0]} and max_size {sizes[1]} must be whole numbers "
            "above 0",
            field="python_param.param_str",
        )
    if count != len(classes) + 1:
        raise DataError(
            f"num_classes is {count}, and the {len(classes)} classes of VOC and the background "
            f"are {len(classes) + 1}",
            hint=f"list the {count - 1} names in param_str: 'classes': ['name', ...]",
        )
    voc, split = str(given.get("voc", "")), str(given.get("split", "trainval"))
    return Settings(voc, split, classes, *sizes, bool(given.get("flipped", True)))


def prepared(pixels: NDArray[np.uint8], settings: Settings) -> tuple[NDArray[np.float32], float]:
    """An image (3, H, W) as the net takes it, (1, 3, h, w), and the factor of its size."""
    import numpy as np

    short, long = sorted(pixels.shape[1:])
    scale = settings.scale / short
    if round(scale * long) > settings.max_size:
        scale = settings.max_size / long
    height, width = (round(side * scale) for side in pixels.shape[1:])
    values = pixels.astype(np.float32) - np.array(MEAN, np.float32)[:, None, None]
    return interpolate(values, height, width, "LINEAR")[None].astype(np.float32), scale


def _entries(settings: Settings, base: str | None) -> list[tuple[Picture, bool]]:
    """Pictures with objects, each as it is, then each mirrored."""
    folder = _folder(settings.voc, base)
    pictures, _ = read_voc(folder, settings.split, settings.classes)
    pictures = [picture for picture in pictures if len(_objects(picture))]
    if not pictures:
        raise DataError(f"{folder}: no image of {settings.split} shows an object")
    sides = (False, True) if settings.flipped else (False,)
    return [(picture, side) for side in sides for picture in pictures]


def _folder(voc: str, base: str | None) -> Path:
    for path in (voc,) if voc else FOLDERS:
        folder = Path(resolve(path, base))
        if folder.is_dir():
            return folder
    path = voc or FOLDERS[0]
    raise DataError(
        f"{path} does not exist: no folder of PASCAL VOC",
        hint=f"{places(path, base)}; or name one in param_str: 'voc': 'FOLDER'",
    )


def _objects(picture: Picture) -> NDArray[np.float32]:
    """Left, top, right and bottom in pixels from 0 on, and class: (G, 5)."""
    import numpy as np

    rows = [
        (*(side - 1 for side in box.corners), box.label)
        for box in picture.boxes
        if not box.difficult
    ]
    return np.array(rows, np.float32).reshape(-1, 5)


def _pixels(picture: Picture) -> NDArray[np.uint8]:
    try:
        return decode_image(read(picture.file), "color")
    except FileNotFoundError:
        raise DataError(f"{picture.file} does not exist") from None
    except DataError as error:
        raise DataError(f"{picture.file} {error.message}") from None
