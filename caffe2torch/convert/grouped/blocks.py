"""Stretches of a net that may be one block each, and how alike they are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby

from caffe2torch.convert.grouped.calls import called, maker
from caffe2torch.convert.grouped.layer_names import Finder, Span
from caffe2torch.convert.grouped.steps import Flow, Step


@dataclass(frozen=True)
class Unit:
    """Consecutive steps of a net with one value going out, or a few.

    A stretch of an order that respects the dependencies can always be a module of its own:
    nothing that it reads depends on what it makes.
    tags: where in each step's name the name of the block stands; () if the names do not say
    """

    steps: tuple[Step, ...]
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    tags: tuple[Span, ...] = ()

    @property
    def tag(self) -> str:
        start, end = self.tags[0]
        return self.steps[0].name[start:end]


def unit(
    steps: Sequence[Step], outside: dict[int, int], tags: Sequence[Span] = (), most: int = 1
) -> Unit | None:
    """A stretch as a unit; None if more than `most` values go out of it.

    outside: how often each value is read in the whole net
    """
    made = dict.fromkeys(v for step in steps for v in step.writes)
    inside: dict[int, int] = {}
    for value in (v for step in steps for v in step.reads):
        inside[value] = inside.get(value, 0) + 1
    leaving = tuple(v for v in made if outside.get(v, 0) > inside.get(v, 0))
    if not 1 <= len(leaving) <= most or len(steps) < 2:
        return None
    reads = tuple(v for v in inside if v not in made)
    return Unit(tuple(steps), reads, leaving, tuple(tags))


def by_name(flow: Flow, find: Finder, wide: bool = False) -> list[Unit]:
    """Stretches of steps whose names carry the same tag.

    wide: whole stretches with up to three results, not only their first part with one
    """
    readers = flow.readers()
    found = []
    for _, group in groupby(flow.steps, lambda step: _tag(step, find)):
        steps = list(group)
        spans = [span for step in steps if (span := find(step.name))]
        if len(spans) != len(steps):
            continue
        whole = unit(steps, readers, spans, 3) if wide else _longest(steps, spans, readers)
        if whole:
            found.append(whole)
    return found


def _longest(steps: list[Step], spans: list[Span], readers: dict[int, int]) -> Unit | None:
    """The most of the first steps that are a unit; what is tapped ends it."""
    for end in range(len(steps), max(1, len(steps) - 6), -1):
        if whole := unit(steps[:end], readers, spans[:end]):
            return whole
    return None


def _tag(step: Step, find: Finder) -> str | None:
    span = find(step.name)
    return step.name[span[0] : span[1]] if span else None


def by_structure(flow: Flow) -> list[Unit]:
    """The shortest stretches between a value that several steps read and their meeting."""
    readers = flow.readers()
    found: list[Unit] = []
    start = 0
    while start < len(flow.steps):
        whole = _region(flow.steps, start, readers)
        if whole:
            found.append(whole)
        start += len(whole.steps) if whole else 1
    return found


def _region(steps: list[Step], start: int, readers: dict[int, int]) -> Unit | None:
    """The stretch from `start` on that takes up a value read several times."""
    if len(steps[start].reads) != 1 or readers[steps[start].reads[0]] < 2:
        return None
    value = steps[start].reads[0]
    left = readers[value]
    made: set[int] = set()
    for end in range(start, min(start + 80, len(steps))):
        left -= steps[end].reads.count(value)
        if any(v != value and v not in made for v in steps[end].reads):
            return None
        made.update(steps[end].writes)
        if left == 0 and (whole := unit(steps[start : end + 1], readers)):
            return _with_activation(steps, start, end + 1, readers, whole)
    return None


def _with_activation(
    steps: list[Step], start: int, end: int, readers: dict[int, int], whole: Unit
) -> Unit:
    """The unit together with an activation that alone reads its value."""
    alone = end < len(steps) and steps[end].reads == whole.writes and readers[whole.writes[0]] == 1
    if alone and steps[end].type == "ReLU":
        return unit(steps[start : end + 1], readers) or whole
    return whole


def fingerprint(steps: Sequence[Step], results: Sequence[int]) -> Hashable:
    """What two units must have equal: their makers, calls and wiring, but not the constants.

    results: the values that go out; two units alike may be tapped at different steps
    """
    places: dict[int, tuple[str, int, int]] = {}
    prints: list[Hashable] = []
    for i, step in enumerate(steps):
        for value in step.reads:
            places.setdefault(value, ("in", len(places), 0))
        wiring = tuple(places[value] for value in step.reads)
        places.update({value: ("made", i, k) for k, value in enumerate(step.writes)})
        made = maker(step.init) if step.init else called(step.call)
        kind = made.kind if made else step.init
        call = "" if made and not step.init else step.call
        prints.append((kind, call, step.flatten, wiring, len(step.writes)))
    return tuple(prints), tuple(places[value] for value in results)
