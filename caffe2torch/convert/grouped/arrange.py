"""How a net is arranged in classes: blocks that come again, stages, and what is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from caffe2torch.convert.grouped.blocks import Unit, by_name, by_structure
from caffe2torch.convert.grouped.body import Body, Part, chains, leaf, sequence
from caffe2torch.convert.grouped.class_names import attribute, free, stage, title
from caffe2torch.convert.grouped.layer_names import HEADS, KEYS
from caffe2torch.convert.grouped.patterns import named_alike
from caffe2torch.convert.grouped.sharing import Sharing, same_tower
from caffe2torch.convert.grouped.shortcuts import kinds
from caffe2torch.convert.grouped.stages import Ladder, ladder
from caffe2torch.convert.grouped.steps import Flow, Step, helper_names
from caffe2torch.convert.grouped.template import Template, template
from caffe2torch.module.emit import identifier, is_attribute

STRATEGIES = ("none", *KEYS, *(f"{key} wide" for key in KEYS), "structure")


@dataclass
class Block:
    """A class of its own: a template, or ladders of one kind; `name` is the class's."""

    name: str
    template: Template | None = None
    ladders: list[Ladder] = field(default_factory=list)


@dataclass
class Arrangement:
    """A net in classes: the blocks', and the body of the net's own.

    tied: lines that the net's own class needs after its modules are made
    """

    flow: Flow
    blocks: list[Block]
    body: Body
    sharing: Sharing


def arrange(flow: Flow, sharing: Sharing, strategy: str, name: str) -> Arrangement:
    """The net in the classes that a strategy of finding blocks gives."""
    loose = sharing.loose
    units = [u for u in _units(flow, strategy) if loose.isdisjoint(s.name for s in u.steps)]
    functions = helper_names(flow.steps)
    blocks, made = _blocks(flow, units, {name, "F", "nn", "torch", "named", *functions})
    body = Body([], flow.inputs, flow.outputs, dict(enumerate(flow.blobs)), functions)
    body.parts = _Parts(flow, sharing, made, layers_alone=True).all()
    if not body.is_chain:
        body.parts = _Parts(flow, sharing, made, layers_alone=False).all()
    return Arrangement(flow, blocks, body, sharing)


def _units(flow: Flow, strategy: str) -> list[Unit]:
    heads = by_name(flow, HEADS, wide=True)
    apart = {step.name for unit in heads for step in unit.steps}
    return heads + [u for u in _bases(flow, strategy) if apart.isdisjoint(s.name for s in u.steps)]


def _bases(flow: Flow, strategy: str) -> list[Unit]:
    if strategy == "none":
        return []
    if strategy == "structure":
        return by_structure(flow)
    key, _, wide = strategy.partition(" ")
    return by_name(flow, KEYS[key], bool(wide))


def _blocks(
    flow: Flow, units: list[Unit], taken: set[str]
) -> tuple[list[Block], dict[str, tuple[Unit, str]]]:
    """Classes that pay, and first step's name -> unit and constructor call."""
    blocks: list[Block] = []
    made: dict[str, tuple[Unit, str]] = {}
    ladders: dict[object, list[Ladder]] = {}
    for found in filter(None, map(ladder, units)):
        ladders.setdefault(found.kind, []).append(found)
    for alike in ladders.values():
        if sum(len(one.unit.steps) - 1 for one in alike) > 12:
            block = Block(identifier("Stage", taken), ladders=alike)
            blocks.append(block)
            taken.add(block.name)
            for one in alike:
                call = f"{block.name}({one.unit.tag}, {', '.join(one.channels)})"
                made[one.unit.steps[0].name] = one.unit, call
    alike_units = kinds([unit for unit in units if unit.steps[0].name not in made])
    for rows in (group for alike in alike_units for group in named_alike(alike)):
        channels = [_channels(flow, row.unit) for row in rows]
        shape = template(rows, channels)
        if shape and (len(rows) - 1) * len(rows[0].steps) > 7 + len(rows):
            block = Block(title(shape, taken), shape)
            blocks.append(block)
            taken.add(block.name)
            for i, row in enumerate(rows):
                made[row.unit.steps[0].name] = row.unit, f"{block.name}({shape.arguments(i)})"
    return blocks, made


def _channels(flow: Flow, unit: Unit) -> int:
    shape = flow.shapes[unit.writes[0]]
    return shape[1] if len(shape) > 1 else 0


@dataclass
class _Parts:
    """The parts of the net's own class, and the names that its attributes have so far.

    layers_alone: leave layers outside blocks and stages as they are, for an nn.Sequential
    """

    flow: Flow
    sharing: Sharing
    made: dict[str, tuple[Unit, str]]
    layers_alone: bool
    taken: set[str] = field(default_factory=set)

    def all(self) -> list[Part]:
        """All parts, in order."""
        self.taken = {step.name for step in self.flow.steps} | {"forward", "training"}
        parts: list[Part] = []
        loose: list[Step] = []
        skip = 0
        for step in self.flow.steps:
            if step.name in self.made:
                unit, call = self.made[step.name]
                parts += self._outside(loose)
                loose, name = [], self._new(attribute(unit, self.taken))
                parts.append(Part(unit.steps, unit.reads, unit.writes, name, call))
                skip = len(unit.steps)
            if skip:
                skip -= 1
            else:
                loose.append(step)
        return parts + self._outside(loose)

    def _new(self, name: str) -> str:
        self.taken.add(name)
        return name

    def _outside(self, steps: list[Step]) -> list[Part]:
        """Steps outside blocks: towers that are called twice, stages, and single layers."""
        runs = chains(steps, self.flow.readers(), adjacent=self.flow.graph.train)
        parts: list[Part] = []
        towers: list[tuple[list[Step], str]] = []
        for k, run in enumerate(runs):
            twin = next((t for t in towers if same_tower(t[0], run, self.sharing.twins)), None)
            if twin:
                parts.append(sequence(run, twin[1]))
            elif any(same_tower(run, other, self.sharing.twins) for other in runs[k + 1 :]):
                parts.append(sequence(run, self._output(run)))
                towers.append((run, parts[-1].attr))
            else:
                parts += self._stages(run)
        return parts

    def _output(self, run: Sequence[Step]) -> str:
        """A name for a chain: the blob that it makes."""
        inside = {step.name for step in run}
        blob = self.flow.blobs[run[-1].writes[0]]
        return self._new(free(blob, self.taken - inside))

    def _stages(self, run: list[Step]) -> list[Part]:
        """A chain cut where the tag of the names changes, if that makes stages."""
        if not run[0].is_module or any(step.name in self.sharing.loose for step in run):
            return [self._twin(step) for step in run]
        pieces = [(tag, list(steps)) for tag, steps in groupby(run, _tag)]
        tags = [tag for tag, _ in pieces]
        parts: list[Part] = []
        rest: list[Step] = []
        for tag, steps in pieces:
            if tag is not None and len(steps) > 3 and tags.count(tag) == 1:
                parts += self._rest(rest)
                rest = []
                parts.append(sequence(steps, self._new(stage(tag, steps, self.taken))))
            else:
                rest += steps
        return parts + self._rest(rest)

    def _rest(self, steps: list[Step]) -> list[Part]:
        """Layers one by one; if they are many, or their names no identifiers, as one chain."""
        awkward = any(step.nodes[0].params and not is_attribute(step.name) for step in steps)
        if steps and not self.layers_alone and (len(steps) > 4 or awkward):
            return [sequence(steps, self._output(steps))]
        return [leaf(step) if self.layers_alone else self._callable(step) for step in steps]

    def _callable(self, step: Step) -> Part:
        """A layer by itself, under a name that `forward` can use if it has no weights."""
        part = leaf(step)
        if part.attr and not is_attribute(part.attr) and not step.nodes[0].params:
            part.attr = self._new(free(part.attr, self.taken))
        return part

    def _twin(self, step: Step) -> Part:
        part = leaf(step)
        part.attr = self.sharing.twins.get(step.name, part.attr)
        return part


def _tag(step: Step) -> str | None:
    span = KEYS["short"](step.name)
    return step.name[span[0] : span[1]] if span else None
