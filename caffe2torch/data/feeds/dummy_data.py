"""DummyData: blobs written by fillers; constant ones are written once.

Source: Caffe src/caffe/layers/dummy_data_layer.cpp
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import LayerFeed, Shape, SourceSite
from caffe2torch.data.fused import not_usable
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class DummyData(LayerFeed):
    """Fills its tops by data_filler: none is constant 0, one serves all tops."""

    source_field = "dummy_data_param"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.shapes = self.top_shapes(site.param, site.train)
        given = list(site.param.dummy_data_param.data_filler) or [pb.FillerParameter()]
        self.fillers = given * len(self.shapes) if len(given) == 1 else given
        self.prefetched = any(filler.type != "constant" for filler in self.fillers)
        self.batches = 0
        self._constant: dict[int, NDArray[np.float32]] = {}

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        dummy, tops = param.dummy_data_param, len(param.top)
        if len(dummy.data_filler) not in (0, 1, tops):
            raise ShapeError(
                f"{len(dummy.data_filler)} data_filler for {tops} tops",
                field="dummy_data_param.data_filler",
                hint="write none, one, or one a top",
            )
        if not (dummy.num or dummy.channels or dummy.height or dummy.width):
            shapes = [tuple(shape.dim) for shape in dummy.shape]
            return list(_each("shape", shapes, tops))
        if dummy.shape:
            raise ShapeError(
                "shape is set, and so are its old forms num, channels, height, width",
                field="dummy_data_param.shape",
                hint="keep shape",
            )
        names = ("num", "channels", "height", "width")
        columns = [_each(name, getattr(dummy, name), tops) for name in names]
        return list(zip(*columns, strict=True))

    def next_batch(self) -> list[NDArray[np.float32]]:
        tops = [self._top(i) for i in range(len(self.shapes))]
        self.batches += 1
        return tops

    def _top(self, index: int) -> NDArray[np.float32]:
        if index in self._constant:
            return self._constant[index]
        import torch

        from caffe2torch import fillers

        blob = torch.empty(self.shapes[index])
        seed = int(self.site.rng(self.batches, index).integers(2**63))
        fillers.fill(blob, self.fillers[index], torch.Generator().manual_seed(seed))
        filled: NDArray[np.float32] = blob.numpy()
        wild = not_usable(filled) if filled.size else None
        if wild is not None:
            raise DataError(
                f"data_filler gives the value {filled.ravel()[wild]:g}",
                hint="one such value makes every weight NaN",
            )
        if self.fillers[index].type == "constant":
            self._constant[index] = filled
        return filled

    def state(self) -> dict[str, Any]:
        return {"batch": self.batches}

    def restore(self, state: dict[str, Any]) -> None:
        self.batches = int(state["batch"])


def _each(name: str, values: Sequence[Any], tops: int) -> Sequence[Any]:
    """One value a top, out of one for all or one each."""
    if len(values) not in (1, tops):
        raise ShapeError(
            f"{name} is written {len(values)} times for {tops} tops",
            field=f"dummy_data_param.{name}",
            hint="write it once, or once a top",
        )
    return list(values) * tops if len(values) == 1 else values
