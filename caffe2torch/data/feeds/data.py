"""Data: batches of a database, in the order of its keys, wrapping round in mid-batch.

Source: Caffe src/caffe/layers/data_layer.cpp
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import datum, transform
from caffe2torch.data.datum import Datum, Reader, parse
from caffe2torch.data.faults import at_record, record_name
from caffe2torch.data.feeds.base import LayerFeed, Sample, Samples, Shape, SourceSite, positive
from caffe2torch.data.forks import refuse
from caffe2torch.data.fused import usable
from caffe2torch.data.skips import Skips, first_good
from caffe2torch.data.sources import Source, open_source
from caffe2torch.data.sources.base import Buffer, walk
from caffe2torch.data.stats import stretches
from caffe2torch.data.workers import Workers
from caffe2torch.errors import C2TError, DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def open_database(param: pb.DataParameter, base: str | None) -> Source:
    """Open the database of a data_param."""
    return open_source(param.source, pb.DataParameter.DB.Name(param.backend), base)


class Data(LayerFeed):
    """Reads, decodes and transforms the records of data_param.source."""

    source_field = "data_param.source"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.param = site.param.data_param
        refuse(self.param, "data_param", {"side", "mem_data_source"}.__contains__)
        self.size = positive(self.param.batch_size, "data_param.batch_size")
        self.workers = Workers(site.workers)
        self.transform = transform.Transform(
            site.param.transform_param, site.train, site.base, self.workers
        )
        self.source = open_database(self.param, site.base)
        self.cursor = self.source.cursor()
        self.first_key = bytes(self.cursor.key)
        self._check_first()
        # As Caffe's parallel training: records are dealt in turn, but only while training.
        self.stride = site.world if site.train else 1
        self.cursor.advance(site.rank if site.train else 0)
        self.batches = 0
        self.keys: list[Buffer] = []
        self._reader = Reader()
        self.skips = Skips()
        if self.param.shuffle:
            self.notes.append("data_param.shuffle is a fork's: records are read in key order")

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        size = positive(param.data_param.batch_size, "data_param.batch_size")
        transform.check(param.transform_param)
        source = open_database(param.data_param, base)
        try:
            first = first_shape(source, param.transform_param)
            shape = transform.output_shape(param.transform_param, first)
        finally:
            source.close()
        return [(size, *shape), (size,)][: len(param.top)]

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples:
        source = open_database(param.data_param, base)
        return Samples(len(source), _samples(source, param.transform_param, limit))

    def _check_first(self) -> None:
        """Find out now, not at the first test, whether crop and means fit the images."""
        try:
            first = first_shape(self.source, self.site.param.transform_param)
            self.shape = self.transform.check_image(first)
        except C2TError:
            self.source.close()
            raise

    def next_batch(self) -> list[NDArray[np.float32]]:
        self.keys, records = self.cursor.take(self.size, self.stride)
        self._tell_restarts()
        try:
            tops = self.tops(records)
        except C2TError:
            if not self.skips.allowed:
                raise
            tops = self.tops(self._good(records))
        self.cursor.check()
        self.batches += 1
        return tops[: len(self.site.param.top)]

    def tops(self, records: list[Buffer]) -> list[NDArray[np.float32]]:
        """Return what the layer makes of the records of a batch."""
        import numpy as np

        data, classes = self._converted(records, self.site.rng(self.batches))
        return [data, np.array(classes, np.float32)]

    def _good(self, records: list[Buffer]) -> list[Buffer]:
        """Return the records that can be used, and those that follow in place of the others."""

        def more(count: int) -> list[tuple[Buffer, Buffer]]:
            return list(zip(*self.cursor.take(count, self.stride), strict=True))

        taken = list(zip(self.keys, records, strict=True))
        good = self.skips.good(taken, more, self._examine, lambda one: bytes(one[0]))
        self.keys = [key for key, _ in good]
        return [record for _, record in good]

    def _examine(self, taken: tuple[Buffer, Buffer]) -> None:
        """Raise DataError or ShapeError for a record that no batch can hold."""
        key, record = taken
        param = self.transform.param
        with at_record(self.source.path, key):
            pixels = datum.pixels(parse(record), param.force_color, param.force_gray, planes=False)
            shape = self.transform.check_image(usable(pixels).shape)
            if self.size > 1:
                transform.check_alike(shape, self.shape)

    def _converted(
        self, records: list[Buffer], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], list[int]]:
        """Return the transformed pixels of a batch, and the labels."""
        alike = self._reader.alike(records)
        if alike:
            return self.transform(alike[0], rng, self.describe), alike[1]
        read = self._read(records)
        labels = [record.label for record in read]
        if all(record.encoded for record in read):
            data = self.transform.decoded(
                len(read), lambda i: self._pixels(i, read[i]), rng, self.describe
            )
            return data, labels
        return self.transform(self._decode(read), rng, self.describe), labels

    def _tell_restarts(self) -> None:
        """Log each return to the first record; of several processes one may step over it."""
        for key in (*self.keys[1:], self.cursor.key):
            if key == self.first_key:
                self.log("data_layer.cpp:73", "Restarting data prefetching from start.")

    def decoded(self, records: list[Buffer]) -> tuple[NDArray[Any] | list[NDArray[Any]], list[int]]:
        """Return pixels and label of each record of the batch."""
        return self._reader.alike(records) or self._parsed(records)

    def _parsed(self, records: list[Buffer]) -> tuple[list[NDArray[Any]], list[int]]:
        """Return pixels and label of each record."""
        read = self._read(records)
        return self._decode(read), [record.label for record in read]

    def _read(self, records: list[Buffer]) -> list[Datum]:
        parse = self._reader.parse
        try:
            return [parse(record) for record in records]
        except DataError:  # once more, to name the record at fault
            for key, record in zip(self.keys, records, strict=True):
                with at_record(self.source.path, key):
                    parse(record)
            raise

    def _decode(self, records: list[Datum]) -> list[NDArray[Any]]:
        """Return the pixels of each record; images are decoded side by side."""
        if any(record.encoded for record in records):
            return self.workers.map(lambda item: self._pixels(*item), enumerate(records))
        try:
            return [usable(datum.raw(record)) for record in records]
        except DataError:  # once more, to name the record at fault
            return [self._pixels(*item) for item in enumerate(records)]

    def _pixels(self, index: int, record: Datum) -> NDArray[Any]:
        param = self.transform.param
        with at_record(self.source.path, self.keys[index]):
            gray = param.force_gray
            return usable(datum.pixels(record, param.force_color, gray, planes=False))

    def describe(self, index: int) -> str:
        return record_name(self.source.path, self.keys[index])

    def state(self) -> dict[str, Any]:
        return {"batch": self.batches, "key": self.cursor.key.hex()}

    def restore(self, state: dict[str, Any]) -> None:
        key = bytes.fromhex(state["key"])
        if not self.cursor.seek(key) or self.cursor.key != key:
            raise DataError(
                f"{record_name(self.source.path, key)} is not there any more, and the saved run "
                "stopped before it",
                hint="restore the database as it was, or start from the weights alone",
            )
        self.batches = int(state["batch"])

    def close(self) -> None:
        self.workers.close()
        self.source.close()


def first_shape(source: Source, param: pb.TransformationParameter) -> transform.Shape3:
    """Return the shape (C, H, W) of the pixels of the first record that may not be left out."""

    def shape(taken: tuple[bytes, Buffer]) -> transform.Shape3:
        key, value = taken
        with at_record(source.path, key):
            return datum.pixels(parse(value), param.force_color, param.force_gray).shape

    return first_good(walk(source), shape)


# Decoding costs a thousand times what reading a label costs.
DECODED = 64


def _samples(source: Source, param: pb.TransformationParameter, limit: int) -> Iterator[Sample]:
    """Yield records from stretches all over the database, and close it."""
    reader = Reader()
    try:
        for number, (stretch, key, value) in enumerate(stretches(source, limit)):
            with at_record(source.path, key):
                record = reader.parse(value)
                pixels = None
                if not record.encoded or number % max(1, limit // DECODED) == 0:
                    pixels = datum.pixels(record, param.force_color, param.force_gray)
            yield Sample(pixels, record.label, stretch, record.encoded)
    finally:
        source.close()
