"""A graph as a list of steps over values: what the grouped source is arranged from.

A value is one tensor as it passes from step to step. Blobs that Caffe computes in place are
several values; the copies that a Split makes are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from caffe2torch.convert import plain
from caffe2torch.graph.builder import AUTOMATIC
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Shape
from caffe2torch.layers.code import Code
from caffe2torch.module.helpers import Helper, code_helpers, file_of
from caffe2torch.module.names import module_names

MODULE = ("{self}({bottoms})", "{self}({0})")
FLAT = re.compile(r"\{self\}\(\{0\}\.flatten\((\d+)\)\)")


@dataclass(frozen=True)
class Step:
    """One line of work: a submodule applied to values, or an expression of them.

    name:    of the submodule: the layer's own, as in the flat emission
    init:    expression that makes the submodule; "" where there is none
    call:    expression of the result in {self}, {0}, {1}, ... and {bottoms}
    flatten: axis from which the one bottom is flattened first, 0 for none
    reads, writes: values
    nodes:   the layers that it stands for, two where BatchNorm and Scale became one
    """

    name: str
    type: str
    init: str
    call: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    nodes: tuple[Node, ...]
    helpers: tuple[Helper, ...] = ()
    flatten: int = 0

    @property
    def is_module(self) -> bool:
        """Whether it can stand in an nn.Sequential."""
        one = len(self.reads) == len(self.writes) == 1
        return bool(self.init) and one and self.call in MODULE


@dataclass
class Flow:
    """The steps of a net in order, and the values that go in and come out.

    outputs: blob -> value, in Caffe's order;  blobs, shapes: of each value
    """

    graph: Graph
    steps: list[Step] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: dict[str, int] = field(default_factory=dict)
    blobs: list[str] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)

    def readers(self) -> dict[int, int]:
        """How often each value is read; being an output counts as once."""
        counts = dict.fromkeys(range(len(self.blobs)), 0)
        for value in (*(v for step in self.steps for v in step.reads), *self.outputs.values()):
            counts[value] += 1
        return counts


def flow(graph: Graph) -> Flow:
    """The steps of a graph, every layer in the plainest form that computes the same."""
    out = Flow(graph)
    current: dict[str, int] = {}
    makers: dict[str, Node] = {}
    written: dict[int, tuple[int, ...]] = {}
    for node, name in zip(graph.nodes, module_names(graph), strict=True):
        reads = tuple(current[bottom] for bottom in node.bottoms)
        if node.type == "Split":
            current.update(dict.fromkeys(node.tops, reads[0]))
            makers.update(dict.fromkeys(node.tops, makers[node.bottoms[0]]))
            continue
        writes = written[id(node)] = tuple(_new_values(out, node, current))
        if node.layer.source:
            out.inputs += writes
        elif not node.layer.silent:
            out.steps.append(_step(node, name, reads, writes, makers))
        makers.update(dict.fromkeys(node.tops, node))
    out.outputs = {blob: current[blob] for blob in graph.outputs}
    for node in graph.nodes if graph.train else []:
        for blob, value in zip(node.tops, written.get(id(node), ()), strict=False):
            if loss_name(node, blob) and value not in out.outputs.values():
                out.outputs[loss_name(node, blob)] = value
    out.steps = _methods(_used(out))
    return out


def _methods(steps: list[Step]) -> list[Step]:
    """The steps with a Flatten behind an expression written as a method of its result."""
    expressions = {v for step in steps if not step.is_module for v in step.writes}
    out = []
    for step in steps:
        if step.type == "Flatten" and step.init and step.reads[0] in expressions:
            axes = step.init.removeprefix("nn.Flatten").strip("()") or "1"
            step = replace(step, init="", call=f"{{0}}.flatten({axes})")
        out.append(step)
    return out


def _used(out: Flow) -> list[Step]:
    """The steps whose results something reads; Silence hides many that nothing does."""
    wanted = set(out.outputs.values())
    kept = []
    for step in reversed(out.steps):
        if not step.writes or not wanted.isdisjoint(step.writes):
            wanted.update(step.reads)
            kept.append(step)
    return kept[::-1]


def loss_name(node: Node, blob: str) -> str:
    """What a loss is called, its layer's name if it has no other; "" if the blob is no loss."""
    weight = node.loss_weights[node.tops.index(blob)]
    return "" if not weight else node.name if blob == AUTOMATIC else blob


def _new_values(out: Flow, node: Node, current: dict[str, int]) -> Iterator[int]:
    for top, shape in zip(node.tops, node.top_shapes, strict=True):
        current[top] = len(out.blobs)
        out.blobs.append(top)
        out.shapes.append(shape)
        yield current[top]


def _step(
    node: Node, name: str, reads: tuple[int, ...], writes: tuple[int, ...], makers: dict[str, Node]
) -> Step:
    plainer = plain.code(node.site)
    code = _direct(plainer or node.layer.code(node.site))
    helpers = code_helpers(code, plain.file_of(node.site) if plainer else file_of(node.layer))
    maker = makers.get(node.bottoms[0]) if node.bottoms else None
    free = node.site.in_place and maker is not None and not maker.layer.keeps_output
    init = code.inplace if code.inplace and free else code.init
    step = Step(name, node.type, init, code.call, reads, writes, (node,), tuple(helpers))
    flat = FLAT.fullmatch(code.call)
    step = replace(step, call=MODULE[0], flatten=int(flat[1])) if flat else step
    return replace(step, call=_detached(node, step.call))


def _direct(code: Code) -> Code:
    """A function wrapped as a module (`Op`) becomes a call of the function."""
    called = re.fullmatch(r"\{self\}\((.*)\)", code.call)
    if not code.init.startswith("Op(") or not called:
        return code
    function, _, settings = code.init.removeprefix("Op(").removesuffix(")").partition(", ")
    settings = settings.replace("{", "{{").replace("}", "}}")
    arguments = ", ".join(part for part in (called[1], settings) if part)
    return Code(call=f"{function}({arguments})")


def _detached(node: Node, call: str) -> str:
    """The call without gradients of bottoms that propagate_down stops, as far as it says so."""
    passes, needs = node.param.propagate_down, node.bottom_need_backward
    stopped = [j for j, go in enumerate(passes) if not go and not needs[j]]
    if not stopped or not node.site.train:
        return call
    every = ", ".join(f"{{{j}}}" for j in range(len(node.bottoms)))
    call = call.replace("{bottoms}", every)
    for j in stopped:
        call = call.replace(f"{{{j}}}", f"{{{j}}}.detach()")
    return call


def helper_names(steps: Iterable[Step]) -> set[str]:
    """Names of the functions and classes that steps bring along."""
    return {helper.__name__ for step in steps for helper in step.helpers}
