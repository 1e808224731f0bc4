"""Stretches of a net that may be one block each, and how alike they are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby

from caffe2torch.convert.grouped.calls import parse_call, parse_function_call
from caffe2torch.convert.grouped.layer_names import Finder, Span
from caffe2torch.convert.grouped.steps import Flow, Step


@dataclass(frozen=True)
class Block:
    """Consecutive steps of a net that may be one block, with one value going out, or a few.

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


def as_block(
    steps: Sequence[Step], outside: dict[int, int], tags: Sequence[Span] = (), most: int = 1
) -> Block | None:
    """A stretch as a block; None if more than `most` values go out of it.

    outside: how often each value is read in the whole net
    """
    written = dict.fromkeys(v for step in steps for v in step.writes)
    inside: dict[int, int] = {}
    for value in (v for step in steps for v in step.reads):
        inside[value] = inside.get(value, 0) + 1
    leaving = tuple(v for v in written if outside.get(v, 0) > inside.get(v, 0))
    if not 1 <= len(leaving) <= most or len(steps) < 2:
        return None
    reads = tuple(v for v in inside if v not in written)
    return Block(tuple(steps), reads, leaving, tuple(tags))


def by_name(flow: Flow, find: Finder, wide: bool = False) -> list[Block]:
    """Stretches of steps whose names carry the same tag.

    wide: whole stretches with up to three results, not only their first part with one
    """
    readers = flow.readers()
    blocks = []
    for _, group in groupby(flow.steps, lambda step: _tag(step, find)):
        steps = list(group)
        spans = [span for step in steps if (span := find(step.name))]
        if len(spans) != len(steps):
            continue
        whole = as_block(steps, readers, spans, 3) if wide else _longest(steps, spans, readers)
        if whole:
            blocks.append(whole)
    return blocks


def _longest(steps: list[Step], spans: list[Span], readers: dict[int, int]) -> Block | None:
    """The most of the first steps that are a block; what is tapped ends it."""
    for end in range(len(steps), max(1, len(steps) - 6), -1):
        if whole := as_block(steps[:end], readers, spans[:end]):
            return whole
    return None


def _tag(step: Step, find: Finder) -> str | None:
    span = find(step.name)
    return step.name[span[0] : span[1]] if span else None


def by_structure(flow: Flow) -> list[Block]:
    """The shortest stretches between a value that several steps read and their meeting."""
    readers = flow.readers()
    blocks: list[Block] = []
    start = 0
    while start < len(flow.steps):
        whole = _region(flow.steps, start, readers)
        if whole:
            blocks.append(whole)
        start += len(whole.steps) if whole else 1
    return blocks


def _region(steps: list[Step], start: int, readers: dict[int, int]) -> Block | None:
    """The stretch from `start` on that takes up a value read several times."""
    if len(steps[start].reads) != 1 or readers[steps[start].reads[0]] < 2:
        return None
    value = steps[start].reads[0]
    left = readers[value]
    written: set[int] = set()
    for end in range(start, min(start + 80, len(steps))):
        left -= steps[end].reads.count(value)
        if any(v != value and v not in written for v in steps[end].reads):
            return None
        written.update(steps[end].writes)
        if left == 0 and (whole := as_block(steps[start : end + 1], readers)):
            return _with_activation(steps, start, end + 1, readers, whole)
    return None


def _with_activation(
    steps: list[Step], start: int, end: int, readers: dict[int, int], whole: Block
) -> Block:
    """The block together with an activation that alone reads its value."""
    alone = end < len(steps) and steps[end].reads == whole.writes and readers[whole.writes[0]] == 1
    if alone and steps[end].type == "ReLU":
        return as_block(steps[start : end + 1], readers) or whole
    return whole


def fingerprint(steps: Sequence[Step], results: Sequence[int]) -> Hashable:
    """What two blocks must have equal: their constructors, calls and wiring, but not the constants.

    results: the values that go out; two blocks alike may be tapped at different steps
    """
    places: dict[int, tuple[str, int, int]] = {}
    prints: list[Hashable] = []
    for i, step in enumerate(steps):
        for value in step.reads:
            places.setdefault(value, ("in", len(places), 0))
        wiring = tuple(places[value] for value in step.reads)
        places.update({value: ("step", i, k) for k, value in enumerate(step.writes)})
        parsed = parse_call(step.init) if step.init else parse_function_call(step.call)
        kind = parsed.kind if parsed else step.init
        call = "" if parsed and not step.init else step.call
        prints.append((kind, call, step.flatten, wiring, len(step.writes)))
    return tuple(prints), tuple(places[value] for value in results)
