"""Which row each item stands in: arrows go down, and none is longer than it must be."""

from __future__ import annotations

from caffe2torch.draw.layout import Task

PASSES = 8


def ranks(task: Task) -> list[int]:
    """Rows from 0, every arrow at least one row down, tied ones exactly one."""
    host = {head: tail for tail, head in task.tied}
    needs = sorted({_need(tail, head, host) for tail, head in task.arrows} - {(-1, -1, 0)})
    into: list[list[tuple[int, int]]] = [[] for _ in task.sizes]
    out: list[list[tuple[int, int]]] = [[] for _ in task.sizes]
    for tail, head, least in needs:
        out[tail].append((head, least))
        into[head].append((tail, least))
    row = [0] * len(task.sizes)
    for item in range(len(row)):
        row[item] = max((row[tail] + least for tail, least in into[item]), default=0)
    _shorten(row, into, out)
    for tag, tail in host.items():
        row[tag] = row[tail] + 1
    return _without_gaps(row)


def _need(tail: int, head: int, host: dict[int, int]) -> tuple[int, int, int]:
    """An arrow as a demand on boxes: a tag is one row below its own box."""
    if host.get(head) == tail:
        return -1, -1, 0
    return (host[tail], head, 2) if tail in host else (tail, head, 1)


def _shorten(
    row: list[int], into: list[list[tuple[int, int]]], out: list[list[tuple[int, int]]]
) -> None:
    """Move what has more arrows on one side than on the other towards that side."""
    for _ in range(PASSES):
        before = list(row)
        for item in reversed(range(len(row))):
            if len(out[item]) > len(into[item]):
                row[item] = min(row[head] - least for head, least in out[item])
        for item in range(len(row)):
            if len(into[item]) > len(out[item]):
                row[item] = max(row[tail] + least for tail, least in into[item])
        if row == before:
            return


def _without_gaps(row: list[int]) -> list[int]:
    place = {r: i for i, r in enumerate(sorted(set(row)))}
    return [place[r] for r in row]
