"""What the sources share that read one image a step from a folder as PASCAL VOC has it."""

from __future__ import annotations

from typing import Any

from caffe2torch.data.feeds.base import LayerFeed


class OneImageFeed(LayerFeed):
    """A feed whose place in the data is how many steps it has made."""

    source_field = "python_param.param_str"
    batches = 0

    @property
    def number(self) -> int:
        """The number of this step, counted over all processes."""
        return self.batches * self.site.world + self.site.rank

    def state(self) -> dict[str, Any]:
        return {"batch": self.batches}

    def restore(self, state: dict[str, Any]) -> None:
        self.batches = int(state["batch"])

    def describe(self, index: int) -> str:
        return "the image of this step"
