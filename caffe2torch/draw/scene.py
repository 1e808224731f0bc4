"""A picture with its layout: what the formats write."""

from __future__ import annotations

from dataclasses import dataclass

from caffe2torch.draw.layout import arrange
from caffe2torch.draw.layout.plan import Plan, Task
from caffe2torch.draw.picture import Picture


@dataclass
class Scene:
    """A picture, where its items lie, and in which direction it reads."""

    picture: Picture
    plan: Plan
    rankdir: str


def lay_out(picture: Picture, rankdir: str) -> Scene:
    """Place the items of a picture; the same picture gives the same places on every machine."""
    sizes = [item.size for item in picture.items]
    tied = frozenset(
        (item.tail_of, i) for i, item in enumerate(picture.items) if item.tail_of is not None
    )
    return Scene(picture, arrange(Task(sizes, picture.arrows, tied), rankdir), rankdir)
