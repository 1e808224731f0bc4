"""Finds blocks that a net repeats: the same layers, wired the same way, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw.parts import Part
from caffe2torch.draw.wiring import Value, Vertex

LONGEST = 100  # parts in a block
Read = tuple[int, str, int]
"""A value by the number of the part that makes it (-1 and its name if none does) and its top."""


def collapse(parts: list[Part]) -> list[Part]:
    """The parts, with every run of equal blocks folded into one stack; larger savings first."""
    runs = sorted(_Runs(parts).every(), key=lambda run: (-run.saved, run.period, run.start))
    chosen: list[_Run] = []
    for run in runs:
        if all(run.end <= other.start or other.end <= run.start for other in chosen):
            chosen.append(run)
    for run in sorted(chosen, key=lambda run: -run.start):
        parts = [*parts[: run.start], run.stack(parts), *parts[run.end :]]
    return parts


def signature(part: Part) -> tuple[object, ...]:
    """Equal for parts whose layers are equal one by one."""
    return tuple(_layer_signature(vertex) for vertex in part.vertices)


def _layer_signature(vertex: Vertex) -> tuple[object, ...]:
    """What two layers must share; names, weights and the number of channels may differ."""
    bare = pb.LayerParameter()
    bare.CopyFrom(vertex.param)
    for name in ("name", "bottom", "top", "blobs"):
        bare.ClearField(name)
    for spec in bare.param:
        spec.ClearField("name")
    spatial = [tuple((p, s[2:]) for p, s in top.shapes.items()) for top in vertex.tops]
    return bare.SerializeToString(deterministic=True), tuple(spatial), vertex.phases


@dataclass(frozen=True)
class _Run:
    """`count` blocks of `period` parts from `start` on, each passing `width` blobs to the next."""

    start: int
    period: int
    count: int
    width: int

    @property
    def end(self) -> int:
        return self.start + self.period * self.count

    @property
    def saved(self) -> int:
        return self.period * (self.count - 1)

    def stack(self, parts: list[Part]) -> Part:
        starts = range(self.start, self.end, self.period)
        blocks = [parts[at : at + self.period] for at in starts]
        folded = parts[self.start : self.end]
        return Part([vertex for part in folded for vertex in part.vertices], blocks)


class _Runs:
    """All runs in a list of parts, which is in the order of the file."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.at = {v: i for i, part in enumerate(parts) for v in part.vertices}
        self.signatures = [signature(part) for part in parts]
        self.reads = [[self._read(value) for value in part.inputs()] for part in parts]
        outputs = [part.outputs() for part in parts]
        self.readers = [[self._readers(i, v) for v in values] for i, values in enumerate(outputs)]

    def _read(self, value: Value) -> Read:
        if value.maker is None:
            return -1, value.name, 0
        return self.at[value.maker], "", value.maker.tops.index(value)

    def _readers(self, i: int, value: Value) -> set[int]:
        return {self.at[reader] for reader in value.readers} - {i}

    def every(self) -> Iterator[_Run]:
        for period in range(1, min(LONGEST, len(self.parts) // 2) + 1):
            for first, end in _stretches(len(self.parts) - period, self._same(period)):
                starts = range(first, min(first + period, end))
                chains = [self._chains(start, end + period, period) for start in starts]
                yield from min((c for c in chains if c), key=_looseness, default=[])

    def _same(self, period: int) -> Callable[[int], bool]:
        """Whether part i and the part a period later are the same but for their place."""

        def same(i: int) -> bool:
            later = i + period
            return self.signatures[i] == self.signatures[later] and self._shifted(i, later, period)

        return same

    def _shifted(self, i: int, later: int, period: int) -> bool:
        a, b = self.reads[i], self.reads[later]
        return len(a) == len(b) and all(
            p[1:] == q[1:] and q[0] - p[0] in (0, period) for p, q in zip(a, b, strict=True)
        )

    def _chains(self, start: int, end: int, period: int) -> list[_Run]:
        """The runs from `start` on, cut where others read what a block would hide."""
        runs = []
        for at in range(start, end - period + 1, period):
            if at + 2 * period > end or not self._passed(at, period):
                run = _Run(start, period, (at - start) // period + 1, self._passed(start, period))
                runs += [run] if run.count > 1 else []
                start = at + period
        return runs

    def _passed(self, at: int, period: int) -> int:
        """How many blobs a block passes to the next one; 0 if others read some of them too."""
        width = 0
        for readers in (readers for i in range(at, at + period) for readers in self.readers[i]):
            ahead = {(reader - at) // period for reader in readers}
            if not ahead or not ahead <= {0, 1}:
                return 0
            width += 1 in ahead
        return width


def _looseness(runs: list[_Run]) -> tuple[int, int]:
    """What is least for the best place to cut: few blobs between blocks, then many blocks."""
    return max(run.width for run in runs), -sum(run.saved for run in runs)


def _stretches(n: int, same: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """Longest intervals [first, end) of 0 ... n in which `same` holds."""
    first = None
    for i in range(n + 1):
        holds = i < n and same(i)
        if holds and first is None:
            first = i
        elif not holds and first is not None:
            yield first, i
            first = None
