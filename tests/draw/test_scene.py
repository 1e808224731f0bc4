"""A scene is the picture with the places of its items."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.draw.scene import lay_out
from tests.draw.one_picture import LENET, drawn


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_tags_stand_next_to_the_boxes_that_they_name(tmp_path: Path, rankdir: str) -> None:
    picture = drawn(tmp_path, LENET)
    scene = lay_out(picture, rankdir)
    assert scene.rankdir == rankdir
    assert len(scene.plan.centres) == len(picture.items)
    assert len(scene.plan.routes) == len(picture.arrows)
    axis = 0 if rankdir == "LR" else 1
    places = sorted({round(centre[axis], 3) for centre in scene.plan.centres})
    for tag, item in enumerate(picture.items):
        if item.tail_of is not None:
            box, row = (round(scene.plan.centres[i][axis], 3) for i in (item.tail_of, tag))
            assert places.index(row) == places.index(box) + 1


def test_the_same_picture_has_the_same_places(tmp_path: Path) -> None:
    one, other = (lay_out(drawn(tmp_path, LENET), "TB").plan for _ in range(2))
    assert one == other
