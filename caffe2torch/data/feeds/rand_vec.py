"""RandVec: random numbers from lower to upper.

Source: the fork's randvec_layer.cpp
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import LayerFeed, Shape, SourceSite
from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RandVec(LayerFeed):
    """Fills its top anew for every batch."""

    source_field = "randvec_param"

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        (self.shape,) = self.top_shapes(site.param, site.train)
        self.batches = 0

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        rand = param.randvec_param
        if rand.lower >= rand.upper:
            raise ShapeError(
                f"lower is {rand.lower:g} and upper {rand.upper:g}",
                field="randvec_param.lower",
                hint="write a lower bound below the upper one",
            )
        sizes = (rand.height, rand.width) if rand.height and rand.width else ()
        return [(rand.batch_size, rand.dim, *sizes)]

    def next_batch(self) -> list[NDArray[np.float32]]:
        bounds = self.site.param.randvec_param
        drawn = self.site.rng(self.batches).uniform(bounds.lower, bounds.upper, self.shape)
        self.batches += 1
        return [drawn.astype("float32")]

    def state(self) -> dict[str, Any]:
        return {"batch": self.batches}

    def restore(self, state: dict[str, Any]) -> None:
        self.batches = int(state["batch"])
