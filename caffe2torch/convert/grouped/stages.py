"""Stages that repeat one group of layers: conv3_1, relu3_1, conv3_2, relu3_2, ..., pool3."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from caffe2torch.convert.grouped.blocks import Unit
from caffe2torch.convert.grouped.calls import Key, maker
from caffe2torch.convert.grouped.layer_names import Pattern


@dataclass(frozen=True)
class Rung:
    """One layer of the repeated group, or of what follows it: its name and constructor."""

    name: Pattern
    init: str


@dataclass(frozen=True)
class Ladder:
    """A chain that is a group of layers several times over, then a tail.

    channels: of the input and after each repetition
    """

    unit: Unit
    rungs: tuple[Rung, ...]
    tail: tuple[Rung, ...]
    channels: tuple[str, ...]

    @property
    def kind(self) -> Hashable:
        """Equal for those that one class can make."""
        return self.rungs, self.tail


def ladder(unit: Unit) -> Ladder | None:
    """A chain as a ladder with the shortest group, None if it is none."""
    one_tag = unit.tags and all(step.is_module and not step.flatten for step in unit.steps)
    if not one_tag or not unit.tag.isdigit() or len(unit.reads) != 1 or not _is_chain(unit):
        return None
    for length in range(1, len(unit.steps) // 2 + 1):
        found = _of_length(unit, length)
        if found:
            return found
    return None


def _is_chain(unit: Unit) -> bool:
    """Whether each step reads the one before, and the last alone is read outside."""
    made = [step.writes[0] for step in unit.steps]
    return [step.reads[0] for step in unit.steps[1:]] == made[:-1] and unit.writes == (made[-1],)


def _of_length(unit: Unit, length: int) -> Ladder | None:
    rungs, first = _rungs(unit, 0, length, 1)
    if not rungs or first is None:
        return None
    channels, at = [*first], length
    while at + length <= len(unit.steps):
        again, pair = _rungs(unit, at, length, len(channels))
        if again != rungs or pair is None or pair[0] != channels[-1]:
            break
        channels.append(pair[1])
        at += length
    tail, _ = _rungs(unit, at, len(unit.steps) - at, 0)
    whole = at == len(unit.steps) or bool(tail)
    return Ladder(unit, rungs, tail, tuple(channels)) if whole and len(channels) > 2 else None


def _rungs(
    unit: Unit, at: int, length: int, number: int
) -> tuple[tuple[Rung, ...], tuple[str, str] | None]:
    """The steps from `at` on as the number-th repetition, and their channels; 0 is the tail.

    Nothing where they cannot be one.
    """
    channels: tuple[str, str] | None = None
    out = []
    for step, span in zip(unit.steps[at : at + length], unit.tags[at:], strict=False):
        name = _pattern(step.name, span, number)
        made = maker(step.init)
        if name is None or made is None:
            return (), None
        texts: dict[Key, str] = dict(made.slots)
        roles = {made.role(key): key for key in texts}
        if number and {"inputs", "outputs"} <= roles.keys():
            if channels is not None:
                return (), None
            channels = texts[roles["inputs"]], texts[roles["outputs"]]
            texts |= {roles["inputs"]: "inputs", roles["outputs"]: "outputs"}
        elif number and channels and texts.get(roles.get("channels", "")) == channels[1]:
            texts[roles["channels"]] = "outputs"
        out.append(Rung(name, made.written(texts)))
    return tuple(out), channels


def _pattern(name: str, span: tuple[int, int], number: int) -> Pattern | None:
    """A name with holes for the tag and, in a repetition, for its number behind the tag."""
    head, rest = name[: span[0]], name[span[1] :]
    parts: Sequence[str | tuple[int, int]] = (head, (0, 0), rest)
    if number:
        before, found, after = rest.partition(str(number))
        if not found or before[-1:].isdigit() or after[:1].isdigit():
            return None
        parts = (head, (0, 0), before, (1, 0), after)
    return Pattern(tuple(part for part in parts if part != ""))
