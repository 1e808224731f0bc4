"""What the inside of a class is made of: parts that compute values from values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from caffe2torch.convert.grouped.steps import MODULE, Step


@dataclass
class Part:
    """One submodule, or one expression without a module, inside a class.

    attr:   name of the submodule in its class; "" for an expression
    steps:  what it does, in order: several for an nn.Sequential or a block
    make:   source of a block's constructor call; "" for all others
    """

    steps: Sequence[Step]
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    attr: str = ""
    make: str = ""
    call: str = MODULE[0]
    flatten: int = 0

    @property
    def is_module(self) -> bool:
        """Whether it can stand in an nn.Sequential."""
        return len(self.reads) == len(self.writes) == 1 and self.call in MODULE


@dataclass
class Body:
    """The inside of a class: its parts in order, and what goes in and out.

    names:     value -> what it is called
    functions: names that no variable may hide
    as_tuple:  several outputs are returned as a tuple, not by their names
    """

    parts: list[Part]
    inputs: list[int]
    outputs: dict[str, int]
    names: Mapping[int, str] = field(default_factory=dict)
    functions: Set[str] = frozenset()
    as_tuple: bool = False

    def readers(self) -> dict[int, int]:
        """How many parts read each value, and the return."""
        counts: dict[int, int] = {}
        for value in (*(v for part in self.parts for v in part.reads), *self.outputs.values()):
            counts[value] = counts.get(value, 0) + 1
        return counts

    @property
    def is_chain(self) -> bool:
        """Whether it is modules one after the other: an nn.Sequential."""
        if len(self.inputs) != 1 or len(self.outputs) != 1 or not self.parts:
            return False
        readers, at = self.readers(), self.inputs[0]
        for part in self.parts:
            if not part.is_module or part.reads[0] != at or readers[at] != 1:
                return False
            at = part.writes[0]
        return list(self.outputs.values()) == [at]


def leaf(step: Step) -> Part:
    """A step by itself."""
    return Part(
        [step], step.reads, step.writes, step.name if step.init else "", "", step.call, step.flatten
    )


def sequence(run: Sequence[Step], attr: str) -> Part:
    """Steps one after the other as one part."""
    flatten = run[0].flatten if len(run) == 1 else 0
    return Part(list(run), run[0].reads, run[-1].writes, attr, flatten=flatten)


def chains(steps: Iterable[Step], readers: Mapping[int, int], adjacent: bool) -> list[list[Step]]:
    """Steps gathered to runs in which each module feeds the next one alone.

    A run stands where its last step stood. adjacent: only steps that follow each other, so that
    random numbers are drawn in the same order.
    """
    runs: dict[int, list[Step]] = {}  # by identity, which is cheap to take out
    ends: dict[int, list[Step]] = {}
    last: list[Step] | None = None
    for step in steps:
        run = ends.pop(step.reads[0], None) if step.is_module else None
        if run is not None and readers[step.reads[0]] == 1 and (not adjacent or run is last):
            del runs[id(run)]
            run.append(step)
        else:
            run = [step]
        runs[id(run)] = last = run
        if step.is_module:
            ends[step.writes[0]] = run
    return list(runs.values())
