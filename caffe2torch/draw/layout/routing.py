"""The curves of arrows: straight along a row, and bent only between rows, where nothing stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from caffe2torch.draw.layout.plan import Point, Task
from caffe2torch.draw.layout.rows import Rows

PORT_GAP = 16.0
MARGIN = 8.0


@dataclass
class Router:
    """Draws the arrows of a task whose items have their places; bands are [top, bottom] of rows."""

    task: Task
    rows: Rows
    centres: list[Point]
    tops: list[float]
    bottoms: list[float]

    def routes(self) -> list[list[Point]]:
        """One route an arrow."""
        leaving = self._ports(0, 1)
        arriving = self._ports(-1, -2)
        return [self._route(i, leaving[i], arriving[i]) for i in range(len(self.rows.chains))]

    def _ports(self, end: int, beside: int) -> list[float]:
        """Where arrows touch the item at one end: side by side, in the order they come from."""
        at: dict[int, list[int]] = defaultdict(list)
        for i, chain in enumerate(self.rows.chains):
            at[chain[end]].append(i)
        ports = [0.0] * len(self.rows.chains)
        for item, arrows in at.items():
            arrows.sort(key=lambda i: self.centres[self.rows.chains[i][beside]][0])
            room = max(0.0, self.rows.widths[item] - 2 * MARGIN)
            gap = min(PORT_GAP, room / max(1, len(arrows) - 1))
            for k, arrow in enumerate(arrows):
                ports[arrow] = self.centres[item][0] + (k - (len(arrows) - 1) / 2) * gap
        return ports

    def _route(self, arrow: int, leaving: float, arriving: float) -> list[Point]:
        chain = self.rows.chains[arrow]
        tail, head = chain[0], chain[-1]
        start = self.centres[tail][1] + self.task.sizes[tail][1] / 2
        stop = self.centres[head][1] - self.task.sizes[head][1] / 2
        route: list[Point] = [(leaving, start)]
        xs = [leaving, *(self.centres[item][0] for item in chain[1:-1]), arriving]
        for k, (a, b) in enumerate(pairwise(xs)):
            upper, lower = self.rows.rank[chain[k]], self.rows.rank[chain[k + 1]]
            if a != b:
                _straight(route, self.bottoms[upper])
                _bend(route, b, self.tops[lower])
        _straight(route, stop)
        return route


def _straight(route: list[Point], y: float) -> None:
    x, start = route[-1]
    if y > start:
        third = (y - start) / 3
        route += [(x, start + third), (x, y - third), (x, y)]


def _bend(route: list[Point], x: float, y: float) -> None:
    before, start = route[-1]
    middle = (start + y) / 2
    route += [(before, middle), (x, middle), (x, y)]
