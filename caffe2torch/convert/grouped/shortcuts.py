"""Blocks that are alike but for one branch: the projection that only some ResNet blocks have."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from caffe2torch.convert.grouped.blocks import Unit, fingerprint
from caffe2torch.convert.grouped.body import chains
from caffe2torch.convert.grouped.steps import Step


@dataclass(frozen=True)
class Row:
    """A unit beside the steps of the fullest unit of its kind; None where it has no such step."""

    unit: Unit
    steps: tuple[Step | None, ...]


def kinds(units: Sequence[Unit]) -> list[list[Row]]:
    """Units that one class can make, two or more, in the order of the net."""
    alike: dict[Hashable, list[Unit]] = {}
    for unit in units:
        alike.setdefault(fingerprint(unit.steps, unit.writes), []).append(unit)
    found: list[list[Row]] = []
    for group in sorted(alike.values(), key=lambda group: -len(group[0].steps)):
        home = next(((rows, run) for rows in found if (run := _branch_more(rows, group))), None)
        if home:
            rows, run = home
            rows += [Row(unit, _without(rows[0], run, unit)) for unit in group]
        else:
            found.append([Row(unit, unit.steps) for unit in group])
    place = {id(unit): k for k, unit in enumerate(units)}
    ordered = [_fullest_first(rows, place) for rows in found if len(rows) > 1]
    return sorted(ordered, key=lambda rows: min(place[id(row.unit)] for row in rows))


def _fullest_first(rows: list[Row], place: dict[int, int]) -> list[Row]:
    return sorted(rows, key=lambda row: (None in row.steps, place[id(row.unit)]))


def missing(rows: Sequence[Row]) -> list[int]:
    """Indices of the steps that some of the rows do not have."""
    return sorted({k for row in rows for k, step in enumerate(row.steps) if step is None})


def _branch_more(rows: list[Row], group: list[Unit]) -> list[int]:
    """The branch by which the rows' units have more than the group's; empty if there is none."""
    if missing(rows) or len(group[0].steps) >= len(rows[0].unit.steps):
        return []
    unit, wanted = rows[0].unit, fingerprint(group[0].steps, group[0].writes)
    for run in _branches(unit):
        shorter = _shortened(unit.steps, run)
        if shorter and fingerprint(shorter, unit.writes) == wanted:
            return run
    return []


def _branches(unit: Unit) -> Iterator[list[int]]:
    """Chains of modules that start at the input of a unit, as indices of its steps."""
    readers: dict[int, int] = {}
    for value in (*(v for step in unit.steps for v in step.reads), *unit.writes):
        readers[value] = readers.get(value, 0) + 1
    index = {step.name: k for k, step in enumerate(unit.steps)}
    for run in chains(unit.steps, readers, adjacent=True):
        if (
            run[0].is_module
            and run[0].reads[0] in unit.reads
            and run[-1].writes[0] not in unit.writes
        ):
            yield [index[step.name] for step in run]


def _shortened(steps: Sequence[Step], run: list[int]) -> list[Step]:
    """The steps without a branch, whose readers take what went into it."""
    into, out = steps[run[0]].reads[0], steps[run[-1]].writes[0]
    kept = [step for k, step in enumerate(steps) if k not in run]
    return [replace(s, reads=tuple(into if v == out else v for v in s.reads)) for s in kept]


def _without(row: Row, run: list[int], unit: Unit) -> tuple[Step | None, ...]:
    own = iter(unit.steps)
    return tuple(None if k in run else next(own) for k in range(len(row.steps)))
