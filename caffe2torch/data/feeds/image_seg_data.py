"""ImageSegData: batches of images and label images, scaled, padded and cropped together.

Source: DeepLab's caffe image_seg_data_layer.cpp; data_transformer.cpp, TransformImgAndSeg
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import transform
from caffe2torch.data.feeds._pairs import (
    Pair,
    PairFeed,
    check_sizes,
    checked,
    cropped,
    mirrored,
    padded,
    pairs_of,
    read_labels,
    read_pixels,
    resized,
)
from caffe2torch.data.feeds.base import Shape, SourceSite
from caffe2torch.data.lists import atoi
from caffe2torch.data.resize import interpolate
from caffe2torch.data.transform import mean_and_scale
from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ImageSegData(PairFeed):
    """Reads the images of image_data_param.source with their labels, of the kind label_type."""

    source_field = "image_data_param.source"
    param_field = "image_data_param"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.sizes: dict[int, tuple[int, int]] = {}
        self.crop = crop_of(site.param.transform_param)

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        fields = param.image_data_param
        check_sizes(fields, cls.param_field)
        image, _ = pairs_of(fields, base)[0]
        pixels = read_pixels(fields, image, base)
        plain = mean_and_scale(param.transform_param)
        transform.output_shape(plain, pixels.shape)
        size = crop_of(param.transform_param) or pixels.shape[1:]
        n = fields.batch_size
        shapes: list[Shape] = [(n, len(pixels), *size), (n, 1, *size), (n, 1, 1, 2)]
        return shapes[: len(param.top)]

    @classmethod
    def label_map(cls, fields: Any, label: str, base: str | None) -> NDArray[np.uint8] | None:
        is_image = fields.label_type == pb.ImageDataParameter.PIXEL
        return super().label_map(fields, label, base) if is_image else None

    def pair(self, index: int, image: str, label: str, rng: np.random.Generator) -> Pair:
        pixels = read_pixels(self.fields, image, self.site.base)
        self.sizes[index] = pixels.shape[1], pixels.shape[2]
        pair = checked(Pair(pixels, self._labels(label, pixels)))
        factors = self.whole.transform_param.scale_factors
        if factors:
            factor = factors[rng.integers(len(factors))]
            pair = resized(pair, *(int(side * factor) for side in pixels.shape[1:]))
        pair = self.finished(pair, index, rng)
        if self.crop:
            pair = padded(pair, *self.crop, self.fields.ignore_label)
            pair = cropped(pair, self.crop, rng if self.site.train else None)
        return mirrored(pair, self.whole.transform_param.mirror and bool(rng.integers(2)))

    def _labels(self, label: str, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import numpy as np

        fields, kind = self.fields, self.fields.label_type
        if kind == pb.ImageDataParameter.PIXEL:
            labels = read_labels(fields.root_folder + label, self.site.base)
            if fields.new_height:
                labels = interpolate(labels, fields.new_height, fields.new_width, "LINEAR")
            return labels
        value = atoi(label) if kind == pb.ImageDataParameter.IMAGE else fields.ignore_label
        return np.full((1, *pixels.shape[1:]), value, np.uint8)

    def more(self) -> list[NDArray[np.float32]]:
        import numpy as np

        rows = [self.sizes[i] for i in range(len(self.taken))]
        sizes = np.minimum(rows, self.crop or rows[0])
        return [sizes.astype(np.float32).reshape(-1, 1, 1, 2)]


def crop_of(param: pb.TransformationParameter) -> tuple[int, int] | None:
    """Height and width of the crop, None for none. Raises ShapeError for half of a size."""
    if bool(param.crop_height) != bool(param.crop_width) or (param.crop_size and param.crop_height):
        raise ShapeError(
            f"crop_size {param.crop_size}, crop_height {param.crop_height} and crop_width "
            f"{param.crop_width} do not go together",
            field="transform_param.crop_height",
            hint="set crop_size, or both of the others",
        )
    if param.crop_size:
        return param.crop_size, param.crop_size
    return (param.crop_height, param.crop_width) if param.crop_height else None
