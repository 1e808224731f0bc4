"""Stages that repeat one group of layers: conv3_1, relu3_1, conv3_2, relu3_2, ..., pool3."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from caffe2torch.convert.grouped.attributes import of_patterns
from caffe2torch.convert.grouped.blocks import Block
from caffe2torch.convert.grouped.calls import Key, parse_call
from caffe2torch.convert.grouped.layer_names import Pattern


@dataclass(frozen=True)
class StageLayer:
    """One layer of the repeated group, or of what follows it: its name and constructor."""

    name: Pattern
    init: str


@dataclass(frozen=True)
class Stage:
    """A chain that is a group of layers several times over, then a tail.

    channels: of the input and after each repetition
    """

    block: Block
    layers: tuple[StageLayer, ...]
    tail: tuple[StageLayer, ...]
    channels: tuple[str, ...]

    @property
    def attributes(self) -> tuple[list[str], list[str]]:
        """Names of the repeated submodules, with {i} for the number, and of the tail's."""
        layers = [*self.layers, *self.tail]
        names = of_patterns([layer.name for layer in layers], [layer.init for layer in layers])
        return names[: len(self.layers)], names[len(self.layers) :]

    def paths(self) -> dict[str, str]:
        """Step name -> its submodule's name inside of the stage."""
        repeated, tail = self.attributes
        count = len(self.channels) - 1
        names = [name.replace("{i}", str(i + 1)) for i in range(count) for name in repeated]
        steps = [step.name for step in self.block.steps]
        return dict(zip(steps, [*names, *tail], strict=True))

    @property
    def kind(self) -> Hashable:
        """Equal for those that one class can make."""
        return self.layers, self.tail


def as_stage(block: Block) -> Stage | None:
    """A chain as a stage with the shortest group, None if it is none."""
    one_tag = block.tags and all(step.is_module and not step.flatten for step in block.steps)
    if not one_tag or not block.tag.isdigit() or len(block.reads) != 1 or not _is_chain(block):
        return None
    for length in range(1, len(block.steps) // 2 + 1):
        stage = _of_length(block, length)
        if stage:
            return stage
    return None


def _is_chain(block: Block) -> bool:
    """Whether each step reads the one before, and the last alone is read outside."""
    read = [step.reads[0] for step in block.steps[1:]]
    written = [step.writes[0] for step in block.steps]
    return read == written[:-1] and block.writes == (written[-1],)


def _of_length(block: Block, length: int) -> Stage | None:
    layers, first = _stage_layers(block, 0, length, 1)
    if not layers or first is None:
        return None
    channels, at = [*first], length
    while at + length <= len(block.steps):
        again, pair = _stage_layers(block, at, length, len(channels))
        if again != layers or pair is None or pair[0] != channels[-1]:
            break
        channels.append(pair[1])
        at += length
    tail, _ = _stage_layers(block, at, len(block.steps) - at, 0)
    whole = at == len(block.steps) or bool(tail)
    return Stage(block, layers, tail, tuple(channels)) if whole and len(channels) > 2 else None


def _stage_layers(
    block: Block, at: int, length: int, number: int
) -> tuple[tuple[StageLayer, ...], tuple[str, str] | None]:
    """The steps from `at` on as the number-th repetition, and their channels; 0 is the tail.

    Nothing where they cannot be one.
    """
    channels: tuple[str, str] | None = None
    out = []
    for step, span in zip(block.steps[at : at + length], block.tags[at:], strict=False):
        name = _pattern(step.name, span, number)
        call = parse_call(step.init)
        if name is None or call is None:
            return (), None
        texts: dict[Key, str] = dict(call.arguments)
        roles = {call.role(key): key for key in texts}
        if number and {"inputs", "outputs"} <= roles.keys():
            if channels is not None:
                return (), None
            channels = texts[roles["inputs"]], texts[roles["outputs"]]
            texts |= {roles["inputs"]: "inputs", roles["outputs"]: "outputs"}
        elif number and channels and texts.get(roles.get("channels", "")) == channels[1]:
            texts[roles["channels"]] = "outputs"
        out.append(StageLayer(name, call.source(texts)))
    return tuple(out), channels


def _pattern(name: str, span: tuple[int, int], number: int) -> Pattern | None:
    """A name with holes for the tag and, in a repetition, for its number behind the tag."""
    head, rest = name[: span[0]], name[span[1] :]
    parts: Sequence[str | tuple[int, int]] = (head, (0, 0), rest)
    if number:
        before, digits, after = rest.partition(str(number))
        if not digits or before[-1:].isdigit() or after[:1].isdigit():
            return None
        parts = (head, (0, 0), before, (1, 0), after)
    return Pattern(tuple(part for part in parts if part != ""))
