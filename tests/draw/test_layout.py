"""Every direction is the same plan, turned; nothing overlaps, arrows go around boxes."""

from __future__ import annotations

import pytest

from caffe2torch.draw.layout import RANKDIRS, arrange
from tests.draw.layout.one_task import SLACK, crossed, overlapping, points, random_task


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("seed", range(6))
def test_items_do_not_overlap_and_arrows_go_around_them(seed: int, rankdir: str) -> None:
    task = random_task(seed)
    plan = arrange(task, rankdir)
    assert not overlapping(task, plan)
    assert not crossed(task, plan)
    for (x, y), (w, h) in zip(plan.centres, task.sizes, strict=True):
        assert x - w / 2 >= -SLACK and x + w / 2 <= plan.width + SLACK
        assert y - h / 2 >= -SLACK and y + h / 2 <= plan.height + SLACK


@pytest.mark.parametrize("rankdir", RANKDIRS)
def test_arrows_start_and_end_at_their_items_and_go_forward(rankdir: str) -> None:
    task = random_task(99)
    plan = arrange(task, rankdir)
    axis = 0 if rankdir == "LR" else 1
    sign = -1 if rankdir == "BT" else 1
    assert len(plan.routes) == len(task.arrows)
    for (tail, head), route in zip(task.arrows, plan.routes, strict=True):
        assert len(route) % 3 == 1
        for item, end, side in ((tail, route[0], 1), (head, route[-1], -1)):
            edge = plan.centres[item][axis] + sign * side * task.sizes[item][axis] / 2
            assert end[axis] == pytest.approx(edge)
            other = 1 - axis
            assert abs(end[other] - plan.centres[item][other]) <= task.sizes[item][other] / 2
        along = [sign * p[axis] for p in points(route)]
        assert along == sorted(along)
