"""ImageData: batches of image files from a list of "path label" lines.

Source: Caffe src/caffe/layers/image_data_layer.cpp
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import transform
from caffe2torch.data.feeds.base import LayerFeed, Sample, Samples, Shape, SourceSite, positive
from caffe2torch.data.forks import refuse
from caffe2torch.data.images import read_image
from caffe2torch.data.lists import labelled
from caffe2torch.data.skips import Skips, first_good
from caffe2torch.data.workers import Workers
from caffe2torch.errors import C2TError, DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ORDER, _SKIP, PIXELS = 0, 1, 2  # purposes of random numbers

# Fields of forks that change the images; the others of theirs say how to read.
_FOREIGN = {"short_side", "min_height", "min_width", "label_type", "label_size"}


class ImageData(LayerFeed):
    """Reads, resizes and transforms the images of image_data_param.source.

    As in Caffe all processes read the whole list; `shuffle` makes their orders differ.
    """

    source_field = "image_data_param.source"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.param = site.param.image_data_param
        refuse(self.param, "image_data_param", _FOREIGN.__contains__)
        _check(self.param)
        self.workers = Workers(site.workers)
        self.transform = transform.Transform(
            site.param.transform_param, site.train, site.base, self.workers
        )
        self.lines = labelled(self.param.source, site.base)
        self.epoch = self.batches = 0
        self.line = self._skip()
        self.order = self._order()
        self.taken: list[int] = []
        self.skips = Skips()
        self.shape: transform.Shape3 | None = None
        if site.world > 1 and site.train and not (self.param.shuffle or self.param.rand_skip):
            self.notes.append("every process reads the same images in one order; set shuffle")

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        images = param.image_data_param
        _check(images)
        transform.check(param.transform_param)
        names = (name for name, _ in labelled(images.source, base))
        shape = first_good(names, lambda name: _read(images, name, base)).shape
        out = transform.output_shape(param.transform_param, shape)
        return [(images.batch_size, *out), (images.batch_size,)][: len(param.top)]

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples:
        images = param.image_data_param
        _check(images)
        lines = labelled(images.source, base)
        return Samples(len(lines), _samples(images, lines, base, limit))

    @classmethod
    def set_up_lines(
        cls, param: pb.LayerParameter, base: str | None = None
    ) -> Iterator[tuple[str, str]]:
        images = param.image_data_param
        yield "image_data_layer.cpp:38", f"Opening file {images.source}"
        if images.shuffle:
            yield "image_data_layer.cpp:53", "Shuffling data"
        count = len(labelled(images.source, base))
        yield "image_data_layer.cpp:63", f"A total of {count} images."

    def _skip(self) -> int:
        if not self.param.rand_skip:
            return 0
        skip = int(self.site.rng(_SKIP).integers(self.param.rand_skip))
        if skip >= len(self.lines):
            raise ShapeError(
                f"rand_skip {self.param.rand_skip} may skip all {len(self.lines)} images",
                field="image_data_param.rand_skip",
                hint=f"use at most {len(self.lines)}",
            )
        return skip

    def _order(self) -> list[int]:
        """Positions of the lines in this epoch's order; each epoch has its own if shuffled."""
        if not self.param.shuffle:
            return list(range(len(self.lines)))
        order: list[int] = self.site.rng(_ORDER, self.epoch).permutation(len(self.lines)).tolist()
        return order

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        self.taken = self._next_lines(self.param.batch_size)
        try:
            data = self._read_batch()
        except C2TError:
            if not self.skips.allowed:
                raise
            self.taken = self.skips.good(self.taken, self._next_lines, self._examine, int)
            data = self._read_batch()
        labels = np.array([self.lines[i][1] for i in self.taken], np.float32)
        self.batches += 1
        return [data, labels][: len(self.site.param.top)]

    def _read_batch(self) -> NDArray[np.float32]:
        """Return the batch of the lines that are taken."""
        return self.transform.decoded(
            len(self.taken),
            lambda i: self._pixels(self.taken[i]),
            self.site.rng(PIXELS, self.batches),
            self.describe,
        )

    def _examine(self, index: int) -> None:
        """Raise DataError or ShapeError for a line whose image no batch can hold."""
        shape = self._pixels(index).shape
        try:
            shape = self.transform.check_image(shape)
            if self.shape is None:
                self.shape = self._first_shape()
            if len(self.taken) > 1:
                transform.check_alike(shape, self.shape)
        except C2TError as error:
            error.message = f"{self._line_name(index)}: {error.message}"
            raise

    def _first_shape(self) -> transform.Shape3:
        param = self.site.param
        _, *shape = self.top_shapes(param, self.site.train, self.site.base)[0]
        return tuple(shape)  # type: ignore[return-value]  # (C, H, W)

    def _next_lines(self, count: int) -> list[int]:
        return [self._next_line() for _ in range(count)]

    def _next_line(self) -> int:
        taken = self.order[self.line]
        self.line += 1
        if self.line == len(self.lines):
            self.line, self.epoch = 0, self.epoch + 1
            self.order = self._order()
        return taken

    def _pixels(self, index: int) -> NDArray[np.uint8]:
        try:
            return _read(self.param, self.lines[index][0], self.site.base)
        except DataError as error:
            error.message = f"{self._line_name(index)}: {error.message}"
            raise

    def _line_name(self, index: int) -> str:
        return f'list "{self.param.source}", line {index + 1}'

    def describe(self, index: int) -> str:
        name = self.lines[self.taken[index]][0]
        return f'{self._line_name(self.taken[index])}, "{name}"'

    def state(self) -> dict[str, Any]:
        return {"batch": self.batches, "epoch": self.epoch, "line": self.line}

    def restore(self, state: dict[str, Any]) -> None:
        if state["line"] >= len(self.lines):
            raise DataError(
                f'list "{self.param.source}" has {len(self.lines)} lines, and the saved run '
                f"stopped before line {state['line'] + 1}",
                hint="restore the list as it was, or start from the weights alone",
            )
        self.batches, self.epoch, self.line = state["batch"], state["epoch"], state["line"]
        self.order = self._order()

    def close(self) -> None:
        self.workers.close()


def _read(param: pb.ImageDataParameter, name: str, base: str | None) -> NDArray[np.uint8]:
    path = param.root_folder + name
    return read_image(path, param.new_height, param.new_width, param.is_color, base)


def _check(param: pb.ImageDataParameter) -> None:
    positive(param.batch_size, "image_data_param.batch_size")
    if bool(param.new_height) != bool(param.new_width):
        missing = "new_width" if param.new_height else "new_height"
        raise ShapeError(
            f"new_height {param.new_height} and new_width {param.new_width}: one of them is 0",
            field=f"image_data_param.{'new_height' if param.new_height else 'new_width'}",
            hint=f"set {missing} too, or neither",
        )


# Images that are decoded for statistics; labels cost nothing.
DECODED = 64


def _samples(
    param: pb.ImageDataParameter, lines: list[tuple[str, int]], base: str | None, limit: int
) -> Iterator[Sample]:
    """Yield every label, and the pixels of some images spread over the list."""
    step = max(1, len(lines) // min(limit, DECODED))
    for index, (name, label) in enumerate(lines):
        pixels = _read(param, name, base) if index % step == 0 else None
        yield Sample(pixels, label, 0, encoded=True)
