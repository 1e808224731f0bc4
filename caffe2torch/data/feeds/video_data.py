"""VideoData: clips from a list of folders of frames, or the frames of one video file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch.data.feeds._clips import Clips
from caffe2torch.data.feeds._video import Frames
from caffe2torch.data.feeds.base import LayerFeed, Samples, Shape, SourceSite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb


def kind(param: pb.LayerParameter) -> type[Clips] | type[Frames]:
    """Which of the two layers of this name it is: the one with a list has a `source`."""
    return Clips if param.video_data_param.HasField("source") else Frames


class VideoData(LayerFeed):
    """The feed of whichever of the two layers of this name the fields belong to."""

    source_field = "video_data_param"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.inner = kind(site.param)(site)
        self.notes = self.inner.notes

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        return kind(param).top_shapes(param, train, base)

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples | None:
        return kind(param).samples(param, train, base, limit)

    def next_batch(self) -> list[NDArray[np.float32]]:
        return self.inner.next_batch()

    def describe(self, index: int) -> str:
        return self.inner.describe(index)

    def state(self) -> dict[str, Any]:
        return self.inner.state()

    def restore(self, state: dict[str, Any]) -> None:
        self.inner.restore(state)

    def close(self) -> None:
        self.inner.close()
