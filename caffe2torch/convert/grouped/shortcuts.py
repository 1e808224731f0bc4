"""Blocks that are alike but for one branch: the projection that only some ResNet blocks have."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from caffe2torch.convert.grouped.blocks import Block, fingerprint
from caffe2torch.convert.grouped.body import chains
from caffe2torch.convert.grouped.steps import Step


@dataclass(frozen=True)
class Row:
    """A block beside the steps of the fullest one of its kind; None where it has no such step."""

    block: Block
    steps: tuple[Step | None, ...]


def group_alike(blocks: Sequence[Block]) -> list[list[Row]]:
    """Blocks that one class can make, two or more, in the order of the net."""
    alike: dict[Hashable, list[Block]] = {}
    for block in blocks:
        alike.setdefault(fingerprint(block.steps, block.writes), []).append(block)
    groups: list[list[Row]] = []
    for group in sorted(alike.values(), key=lambda group: -len(group[0].steps)):
        home = next(((rows, run) for rows in groups if (run := _branch_more(rows, group))), None)
        if home:
            rows, run = home
            rows += [Row(block, _without(rows[0], run, block)) for block in group]
        else:
            groups.append([Row(block, block.steps) for block in group])
    place = {id(block): k for k, block in enumerate(blocks)}
    ordered = [_fullest_first(rows, place) for rows in groups if len(rows) > 1]
    return sorted(ordered, key=lambda rows: min(place[id(row.block)] for row in rows))


def _fullest_first(rows: list[Row], place: dict[int, int]) -> list[Row]:
    return sorted(rows, key=lambda row: (None in row.steps, place[id(row.block)]))


def missing(rows: Sequence[Row]) -> list[int]:
    """Indices of the steps that some of the rows do not have."""
    return sorted({k for row in rows for k, step in enumerate(row.steps) if step is None})


def _branch_more(rows: list[Row], group: list[Block]) -> list[int]:
    """The branch by which the rows' blocks have more than the group's; empty if there is none."""
    if missing(rows) or len(group[0].steps) >= len(rows[0].block.steps):
        return []
    block, wanted = rows[0].block, fingerprint(group[0].steps, group[0].writes)
    for run in _branches(block):
        shorter = _shortened(block.steps, run)
        if shorter and fingerprint(shorter, block.writes) == wanted:
            return run
    return []


def _branches(block: Block) -> Iterator[list[int]]:
    """Chains of modules that start at the input of a block, as indices of its steps."""
    readers: dict[int, int] = {}
    for value in (*(v for step in block.steps for v in step.reads), *block.writes):
        readers[value] = readers.get(value, 0) + 1
    index = {step.name: k for k, step in enumerate(block.steps)}
    for run in chains(block.steps, readers, adjacent=True):
        if (
            run[0].is_module
            and run[0].reads[0] in block.reads
            and run[-1].writes[0] not in block.writes
        ):
            yield [index[step.name] for step in run]


def _shortened(steps: Sequence[Step], run: list[int]) -> list[Step]:
    """The steps without a branch, whose readers take what went into it."""
    into, out = steps[run[0]].reads[0], steps[run[-1]].writes[0]
    kept = [step for k, step in enumerate(steps) if k not in run]
    return [replace(s, reads=tuple(into if v == out else v for v in s.reads)) for s in kept]


def _without(row: Row, run: list[int], block: Block) -> tuple[Step | None, ...]:
    kept = iter(block.steps)
    return tuple(None if k in run else next(kept) for k in range(len(row.steps)))
