"""How a net is arranged in classes: blocks that come again, stages, and what is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from caffe2torch.convert.grouped.attributes import attributes
from caffe2torch.convert.grouped.blocks import Block, by_name, by_structure
from caffe2torch.convert.grouped.body import Body, Part, chains, leaf, sequence
from caffe2torch.convert.grouped.class_names import (
    block_attribute,
    block_class_name,
    free_name,
    stage_attribute,
)
from caffe2torch.convert.grouped.layer_names import HEADS, KEYS
from caffe2torch.convert.grouped.patterns import named_alike
from caffe2torch.convert.grouped.sharing import Sharing, same_chain
from caffe2torch.convert.grouped.shortcuts import group_alike
from caffe2torch.convert.grouped.stages import Stage, as_stage
from caffe2torch.convert.grouped.steps import Flow, Step, helper_names
from caffe2torch.convert.grouped.template import Template, template
from caffe2torch.module.names import identifier

STRATEGIES = ("none", *KEYS, *(f"{key} wide" for key in KEYS), "structure")

Calls = dict[str, tuple[Block, str]]
"""Name of a block's first step -> the block, and the constructor call that makes it."""


@dataclass
class BlockClass:
    """A class of its own: of a template, or of stages of one kind; `name` is the class's."""

    name: str
    template: Template | None = None
    stages: list[Stage] = field(default_factory=list)


@dataclass
class Arrangement:
    """A net in classes: the blocks', and the body of the net's own.

    tied: lines that the net's own class needs after its modules are made
    """

    flow: Flow
    classes: list[BlockClass]
    body: Body
    sharing: Sharing


def arrange(flow: Flow, sharing: Sharing, strategy: str, name: str) -> Arrangement:
    """The net in the classes that a strategy of finding blocks gives."""
    loose = sharing.loose
    blocks = [b for b in _candidates(flow, strategy) if loose.isdisjoint(s.name for s in b.steps)]
    functions = helper_names(flow.steps)
    classes, calls = _classes(flow, blocks, {name, "F", "nn", "torch", "named", *functions})
    body = Body([], flow.inputs, flow.outputs, dict(enumerate(flow.blobs)), functions)
    body.parts = _Parts(flow, sharing, calls, layers_alone=True).all()
    if not body.is_chain:
        body.parts = _Parts(flow, sharing, calls, layers_alone=False).all()
    return Arrangement(flow, classes, body, sharing)


def _candidates(flow: Flow, strategy: str) -> list[Block]:
    """Stretches that may be blocks: detection heads, and what the strategy finds beside them."""
    heads = by_name(flow, HEADS, wide=True)
    apart = {step.name for block in heads for step in block.steps}
    others = _by_strategy(flow, strategy)
    return heads + [b for b in others if apart.isdisjoint(s.name for s in b.steps)]


def _by_strategy(flow: Flow, strategy: str) -> list[Block]:
    if strategy == "none":
        return []
    if strategy == "structure":
        return by_structure(flow)
    key, _, wide = strategy.partition(" ")
    return by_name(flow, KEYS[key], bool(wide))


def _classes(flow: Flow, blocks: list[Block], taken: set[str]) -> tuple[list[BlockClass], Calls]:
    """The classes that pay, and the calls that make their blocks; `taken` gets their names."""
    classes: list[BlockClass] = []
    calls: Calls = {}
    _stage_classes(blocks, taken, classes, calls)
    rest = group_alike([block for block in blocks if block.steps[0].name not in calls])
    for rows in (group for alike in rest for group in named_alike(alike)):
        channels = [_channels(flow, row.block) for row in rows]
        shape = template(rows, channels)
        if shape and (len(rows) - 1) * len(rows[0].steps) > 7 + len(rows):
            block_class = BlockClass(block_class_name(shape, taken), shape)
            classes.append(block_class)
            taken.add(block_class.name)
            for i, row in enumerate(rows):
                call = f"{block_class.name}({shape.arguments(i)})"
                calls[row.block.steps[0].name] = row.block, call
    return classes, calls


def _stage_classes(
    blocks: list[Block], taken: set[str], classes: list[BlockClass], calls: Calls
) -> None:
    """Add a class for each kind of stage whose layers are many enough."""
    kinds: dict[object, list[Stage]] = {}
    for stage in filter(None, map(as_stage, blocks)):
        kinds.setdefault(stage.kind, []).append(stage)
    for stages in kinds.values():
        if sum(len(stage.block.steps) - 1 for stage in stages) <= 12:
            continue
        name = identifier("Stage", taken)
        classes.append(BlockClass(name, stages=stages))
        taken.add(name)
        for stage in stages:
            call = f"{name}({', '.join(stage.channels)})"
            calls[stage.block.steps[0].name] = stage.block, call


def _channels(flow: Flow, block: Block) -> int:
    shape = flow.shapes[block.writes[0]]
    return shape[1] if len(shape) > 1 else 0


@dataclass
class _Parts:
    """The parts of the net's own class, and the names that its attributes have so far.

    layers_alone: leave layers outside blocks and stages as they are, for an nn.Sequential
    """

    flow: Flow
    sharing: Sharing
    calls: Calls
    layers_alone: bool
    taken: set[str] = field(default_factory=set)
    attrs: dict[str, str] = field(default_factory=dict)

    @cached_property
    def readers(self) -> dict[int, int]:
        """How often each value is read; counted once, for it is asked before every block."""
        return self.flow.readers()

    def all(self) -> list[Part]:
        """All parts, in order."""
        steps = self.flow.steps
        names = attributes([s.name for s in steps], [s.init for s in steps])
        self.attrs = dict(zip([s.name for s in steps], names, strict=True))
        self.taken = {*names, "forward", "training"}
        parts: list[Part] = []
        loose: list[Step] = []
        skip = 0
        for step in self.flow.steps:
            if step.name in self.calls:
                block, call = self.calls[step.name]
                parts += self._outside(loose)
                loose, name = [], self._new(block_attribute(block, self.taken))
                parts.append(Part(block.steps, block.reads, block.writes, name, call))
                skip = len(block.steps)
            if skip:
                skip -= 1
            else:
                loose.append(step)
        return parts + self._outside(loose)

    def _new(self, name: str) -> str:
        self.taken.add(name)
        return name

    def _outside(self, steps: list[Step]) -> list[Part]:
        """Steps outside blocks: chains that are called twice, stages, and single layers."""
        runs = chains(steps, self.readers, adjacent=self.flow.graph.train)
        parts: list[Part] = []
        called: list[tuple[list[Step], str]] = []
        twins = self.sharing.twins
        for k, run in enumerate(runs):
            twin = next((t for t in called if same_chain(t[0], run, twins)), None)
            if twin:
                parts.append(sequence(run, twin[1]))
            elif twins and any(same_chain(run, other, twins) for other in runs[k + 1 :]):
                parts.append(sequence(run, self._output(run)))
                called.append((run, parts[-1].attr))
            else:
                parts += self._stages(run)
        return parts

    def _output(self, run: Sequence[Step]) -> str:
        """A name for a chain: the blob that it makes."""
        inside = {self.attrs[step.name] for step in run}
        blob = self.flow.blobs[run[-1].writes[0]]
        return self._new(free_name(blob, self.taken - inside))

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
                parts.append(sequence(steps, self._new(stage_attribute(tag, steps, self.taken))))
            else:
                rest += steps
        return parts + self._rest(rest)

    def _rest(self, steps: list[Step]) -> list[Part]:
        """Layers one by one; if they are many, as one chain."""
        if not self.layers_alone and len(steps) > 4:
            return [sequence(steps, self._output(steps))]
        return [self._twin(step) for step in steps]

    def _twin(self, step: Step) -> Part:
        """A layer by itself; one that shares another's module has the other's name."""
        part = leaf(step)
        part.attr = part.attr and self.attrs[self.sharing.twins.get(step.name, step.name)]
        return part


def _tag(step: Step) -> str | None:
    span = KEYS["short"](step.name)
    return step.name[span[0] : span[1]] if span else None
