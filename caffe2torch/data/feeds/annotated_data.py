"""AnnotatedData: batches of images with boxes, distorted, widened, cut and resized as SSD does.

Source: SSD's caffe annotated_data_layer.cpp, load_batch; data_transformer.cpp
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import resize
from caffe2torch.data.annotated import (
    Annotated,
    crop_size,
    cut,
    first_sizes,
    read,
    widen,
    within,
)
from caffe2torch.data.batch_samplers import sample_frames
from caffe2torch.data.distort import distorted
from caffe2torch.data.faults import at_record
from caffe2torch.data.feeds.base import Sample, Samples, Shape, SourceSite, positive, stack
from caffe2torch.data.feeds.data import DECODED, Data, open_database
from caffe2torch.data.sources import Source
from caffe2torch.data.sources.base import Buffer
from caffe2torch.data.stats import stretches
from caffe2torch.data.transform import NOT_APPLIED, mean_and_scale
from caffe2torch.errors import C2TError, DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PIXELS = 1  # purpose of random numbers


class AnnotatedData(Data):
    """Reads AnnotatedDatum records; the second top is a row for each box of the batch."""

    def __init__(self, site: SourceSite) -> None:
        self.whole = site.param.transform_param
        plain = pb.LayerParameter()
        plain.CopyFrom(site.param)
        plain.transform_param.CopyFrom(mean_and_scale(self.whole))
        super().__init__(replace(site, param=plain))
        self.samplers = list(site.param.annotated_data_param.batch_sampler)
        self.emit = self.whole.emit_constraint if self.whole.HasField("emit_constraint") else None
        not_applied = [name for name in NOT_APPLIED if self.whole.HasField(name)]
        not_applied += ["distort_param.prob"] * self.whole.distort_param.HasField("prob")
        self.notes += [f"transform_param.{name} is not applied" for name in not_applied]

    def _check_first(self) -> None:
        try:
            resized, *_ = first_sizes(self.source, self.whole)
            self.transform.check_image(resized)
        except C2TError:
            self.source.close()
            raise

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        size = positive(param.data_param.batch_size, "data_param.batch_size")
        source = open_database(param.data_param, base)
        try:
            _, shape, boxes = first_sizes(source, param.transform_param)
        finally:
            source.close()
        shapes: list[Shape] = [(size, *shape), (1, 1, max(1, boxes), 8)]
        return shapes[: len(param.top)]

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples:
        source = open_database(param.data_param, base)
        return Samples(len(source), _samples(source, param.transform_param, limit))

    def tops(self, records: list[Buffer]) -> list[NDArray[np.float32]]:
        import numpy as np

        items = self.workers.map(lambda item: self._item(*item), enumerate(records))
        data = stack([item.pixels for item in items], self.describe)
        rows = [
            np.concatenate((np.full((len(item.boxes), 1), i), item.facts[:, :2], item.boxes,
                            item.facts[:, 2:]), axis=1)
            for i, item in enumerate(items)
        ]  # fmt: skip
        table = np.concatenate(rows).astype(np.float32)
        table = table if len(table) else np.full((1, 8), -1, np.float32)
        return [data, table[None, None]]

    def _examine(self, taken: tuple[Buffer, Buffer]) -> None:
        key, record = taken
        with at_record(self.source.path, key):
            read(record, self.whole)

    def _item(self, index: int, record: Buffer) -> Annotated:
        rng = self.site.rng(self.batches, index, _PIXELS)
        with at_record(self.source.path, self.keys[index]):
            item = self._augmented(read(record, self.whole), rng)
            return self._transformed(item, rng, index)

    def _augmented(self, item: Annotated, rng: np.random.Generator) -> Annotated:
        import numpy as np

        param = self.whole
        if param.HasField("distort_param") and len(item.pixels) == 3:
            item = replace(item, pixels=distorted(item.pixels, param.distort_param, rng))
        expand = param.expand_param
        if param.HasField("expand_param") and rng.uniform() <= expand.prob:
            ratio = rng.uniform(1, max(1.0, expand.max_expand_ratio))
            fill = np.array(param.mean_value or [0], np.float32)
            place = (rng.uniform(), rng.uniform())
            item = widen(item, ratio, place, fill, self.emit)
        frames = sample_frames(self.samplers, item.boxes, rng)
        return cut(item, frames[rng.integers(len(frames))], self.emit) if frames else item

    def _transformed(self, item: Annotated, rng: np.random.Generator, index: int) -> Annotated:
        import numpy as np

        param, shape = self.whole, item.pixels.shape
        if min(shape) < 1:
            raise DataError(f"a sampled part of it holds no pixel: {shape}")
        if param.HasField("resize_param"):
            pixels = resize.resized(item.pixels, param.resize_param, rng)
            item = replace(
                item, pixels=pixels, boxes=resize.moved(item.boxes, param.resize_param, shape)
            )
        pixels = self.transform([item.pixels], rng, lambda _: self.describe(index))[0]
        _, h, w = pixels.shape
        crop = crop_size(param, h, w)
        y, x = (self._offset(rng, free) for free in (h - crop[0], w - crop[1]))
        frame = (x / w, y / h, (x + crop[1]) / w, (y + crop[0]) / h)
        item = within(item, frame, self.emit)
        pixels, boxes = pixels[:, y : y + crop[0], x : x + crop[1]], item.boxes
        if param.mirror and rng.integers(2):
            pixels = pixels[..., ::-1]
            boxes = boxes[:, [2, 1, 0, 3]] * np.array([-1, 1, -1, 1], np.float32)
            boxes += np.array([1, 0, 1, 0], np.float32)
        return replace(item, pixels=pixels, boxes=boxes)

    def _offset(self, rng: np.random.Generator, free: int) -> int:
        """Where a crop begins: anywhere at TRAIN, else in the middle."""
        return int(rng.integers(free + 1)) if self.site.train else free // 2


def _samples(source: Source, param: pb.TransformationParameter, limit: int) -> Iterator[Sample]:
    """Yield some images from all over the database, and close it."""
    try:
        for stretch, key, value in stretches(source, min(limit, DECODED)):
            with at_record(source.path, key):
                yield Sample(read(value, param).pixels, None, stretch, encoded=True)
    finally:
        source.close()
