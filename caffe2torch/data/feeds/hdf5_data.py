"""HDF5Data: batches of the rows of HDF5 files, whose datasets are named as the tops.

Source: Caffe src/caffe/layers/hdf5_data_layer.cpp
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import LayerFeed, Sample, Samples, Shape, SourceSite, positive
from caffe2torch.data.fused import not_usable
from caffe2torch.data.hdf5 import file_list, find_dataset, first_rows, opened, read_file
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILES, _ROWS = 0, 1  # purposes of random numbers


class HDF5Data(LayerFeed):
    """Reads whole files, one after the other, and deals out their rows.

    With `shuffle` the files of an epoch and the rows of a file are in random order; rows of
    different files never mix.
    """

    source_field = "hdf5_data_param.source"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.param = site.param.hdf5_data_param
        self.size = positive(self.param.batch_size, "hdf5_data_param.batch_size")
        _refuse_transform(site.param)
        self.tops = list(site.param.top)
        self.paths = file_list(self.param.source, site.base)
        # Rows are dealt in turn, so all processes must shuffle alike.
        self.rng = SourceSite(site.name, site.param, site.train, seed=site.seed).rng
        self.stride = site.world if site.train else 1
        self.visits = self.row = 0
        self._load()
        self._advance(site.rank if site.train else 0)

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        size = positive(param.hdf5_data_param.batch_size, "hdf5_data_param.batch_size")
        _refuse_transform(param)
        path = file_list(param.hdf5_data_param.source, base)[0]
        with opened(path, base) as file:
            return [(size, *find_dataset(file, path, top).shape[1:]) for top in param.top]

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples:
        paths = file_list(param.hdf5_data_param.source, base)
        tops = list(param.top)
        count = 0
        for path in paths:
            with opened(path, base) as file:
                count += find_dataset(file, path, tops[0]).shape[0]
        return Samples(count, _samples(paths, tops, base, -(-limit // len(paths))))

    @classmethod
    def set_up_lines(
        cls, param: pb.LayerParameter, base: str | None = None
    ) -> Iterator[tuple[str, str]]:
        source = param.hdf5_data_param.source
        yield "hdf5_data_layer.cpp:81", f"Loading list of HDF5 filenames from: {source}"
        paths = file_list(source, base)
        yield "hdf5_data_layer.cpp:95", f"Number of HDF5 files: {len(paths)}"
        with opened(paths[0], base) as file:
            kinds = {find_dataset(file, paths[0], top).dtype.kind for top in param.top}
        if "f" in kinds:
            yield "hdf5.cpp:33", "Datatype class: H5T_FLOAT"
        if kinds - {"f"}:
            yield "hdf5.cpp:36", "Datatype class: H5T_INTEGER"

    def _load(self) -> None:
        """Read the file of this visit; the n-th visit is file n of all epochs' orders."""
        epoch, place = divmod(self.visits, len(self.paths))
        if self.param.shuffle:
            place = int(self.rng(_FILES, epoch).permutation(len(self.paths))[place])
        if getattr(self, "path", None) != self.paths[place]:
            self.path = self.paths[place]
            self.rows = read_file(self.path, self.tops, self.site.base)
        count = len(self.rows[0])
        self.order = range(count)
        if self.param.shuffle:
            self.order = self.rng(_ROWS, self.visits).permutation(count).tolist()

    def _advance(self, count: int) -> None:
        for _ in range(count):
            self.row += 1
            if self.row == len(self.order):
                self.row, self.visits = 0, self.visits + 1
                self._load()

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        batch: list[list[Any]] = [[] for _ in self.tops]
        for _ in range(self.size):
            row = self.order[self.row]
            for top, rows in zip(batch, self.rows, strict=True):
                top.append(rows[row])
            self._advance(self.stride)
        try:
            return [
                self._finite(np.stack(rows), top)
                for rows, top in zip(batch, self.tops, strict=True)
            ]
        except ValueError:
            raise DataError(
                f'list "{self.param.source}": its files hold rows of different shape',
                hint="make the datasets of all files agree but for the number of rows",
            ) from None

    def _finite(self, rows: NDArray[np.float32], top: str) -> NDArray[np.float32]:
        wild = not_usable(rows)
        if wild is not None:
            raise DataError(
                f'"{self.path}": dataset "{top}" holds {rows.ravel()[wild]:g}',
                hint="repair the data: one such value makes every weight NaN",
            )
        return rows

    def state(self) -> dict[str, Any]:
        return {"visits": self.visits, "row": self.row}

    def restore(self, state: dict[str, Any]) -> None:
        self.visits, self.row = int(state["visits"]), int(state["row"])
        self._load()
        if self.row >= len(self.order):
            raise DataError(
                f'"{self.path}" has {len(self.order)} rows, and the saved run stopped before row '
                f"{self.row}",
                hint="restore the file as it was, or start from the weights alone",
            )


def _refuse_transform(param: pb.LayerParameter) -> None:
    if param.HasField("transform_param"):
        raise ShapeError(
            "HDF5Data does not transform data",
            field="transform_param",
            hint="remove transform_param, and store the values as the net is to see them",
        )


def _samples(paths: list[str], tops: list[str], base: str | None, limit: int) -> Iterator[Sample]:
    """Yield the first `limit` rows of each file; the second top is a label if it is whole."""
    for stretch, path in enumerate(paths):
        with opened(path, base) as file:
            rows = [first_rows(find_dataset(file, path, top), limit) for top in tops]
        for pixels, *targets in zip(*rows, strict=False):
            label = targets[0].ravel().tolist() if targets else []
            whole = len(label) == 1 and label[0].is_integer()
            yield Sample(pixels, int(label[0]) if whole else None, stretch, targets=tuple(targets))
