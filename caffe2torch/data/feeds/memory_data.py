"""MemoryData: batches of arrays that a program hands over.

Source: Caffe src/caffe/layers/memory_data_layer.cpp
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import transform
from caffe2torch.data.feeds.base import LayerFeed, Shape, SourceSite
from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MemoryData(LayerFeed):
    """Deals out the arrays of `set_arrays`, round and round; transform_param is ignored."""

    source_field = "memory_data_param"
    prefetched = False

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        transform.check(site.param.transform_param)
        self.shape = _shape(site.param.memory_data_param)
        self.position = 0
        self.data: NDArray[np.float32] | None = None
        self.labels: NDArray[np.float32] | None = None

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        transform.check(param.transform_param)
        shape = _shape(param.memory_data_param)
        return [shape, shape[:1]]

    def set_arrays(self, data: NDArray[Any], labels: NDArray[Any]) -> None:
        """Set what to deal out: data (M, C, H, W) and M labels, M a multiple of batch_size.

        Raises: DataError if the shapes do not fit memory_data_param.
        """
        import numpy as np

        if data.shape[1:] != self.shape[1:] or data.ndim != 4:
            raise DataError(
                f"data is {data.shape}, and memory_data_param says (M, *{self.shape[1:]})"
            )
        if not len(data) or len(data) % self.shape[0] or labels.size != len(data):
            raise DataError(
                f"{len(data)} images and {labels.size} labels for batches of {self.shape[0]}",
                hint="hand over a multiple of batch_size, and one label an image",
            )
        self.data = np.ascontiguousarray(data, np.float32)
        self.labels = np.ascontiguousarray(labels, np.float32).reshape(-1, 1, 1, 1)
        self.position = 0

    def next_batch(self) -> list[NDArray[np.float32]]:
        if self.data is None or self.labels is None:
            raise DataError(
                "has no data yet: MemoryData deals out arrays that a program sets",
                hint="call set_arrays (pycaffe: net.set_input_arrays) first, or use a Data layer",
            )
        batch = slice(self.position, self.position + self.shape[0])
        self.position = batch.stop % len(self.data)
        return [self.data[batch].copy(), self.labels[batch].copy()]

    def state(self) -> dict[str, Any]:
        return {"position": self.position}

    def restore(self, state: dict[str, Any]) -> None:
        self.position = int(state["position"])


def _shape(param: pb.MemoryDataParameter) -> tuple[int, int, int, int]:
    shape = (param.batch_size, param.channels, param.height, param.width)
    for value, name in zip(shape, ("batch_size", "channels", "height", "width"), strict=True):
        if not value:
            raise ShapeError(
                f"{name} is not set, and all of batch_size, channels, height, width must be "
                "positive",
                field=f"memory_data_param.{name}",
                hint=f"set memory_data_param.{name}",
            )
    return shape
