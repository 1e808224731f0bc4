"""All that is decided about a graph before a line of its source is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from caffe2torch.graph import unreproduced
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers._late import CaffeLate, CaffeReread
from caffe2torch.layers._shared import CaffeLeftover, CaffeLost, CaffeResidue, CaffeShared
from caffe2torch.layers.code import Code, Late
from caffe2torch.module.helpers import Helper, code_helpers, file_of, helpers_of
from caffe2torch.module.names import Names, identifier, module_names


@dataclass
class Emission:
    """The decisions about a graph; layers are positions in `graph.nodes`.

    returns:   blobs that forward returns
    join:      let one call compute two layers where torch can
    exact:     write the modules that are Caffe's on NaN, too, where torch's own are not
    names:     of the submodules
    codes:     of the layers, None for those that emit nothing
    lates:     layers whose backward has a rule for overwritten blobs, where they are overwritten
    rereads:   layers whose backward reads overwritten bottoms, without a rule of their own
    takers:    layers whose modules take overwritten blobs themselves, by `later`
    residues:  layers whose forward leaves numbers in the gradient of a Split -> that Split
    leftovers: layers whose backward leaves numbers in a gradient that nobody asked for
    lost:      blobs whose gradient does not arrive, by the layer that makes them
    variables: blob -> variable
    arguments: variables of the sources' tops
    lists:     variables of lists: ("later", memory) gets the memory's last value, ("left", Split)
               what is left in its gradient
    kept:      blob of a source whose memory outlives forward -> attribute that keeps it
    writable:  layers that may overwrite their bottom in torch, too
    joined:    layer that is computed with the one before it -> template of the call
    """

    graph: Graph
    returns: list[str]
    join: bool = False
    exact: bool = False
    names: list[str] = field(default_factory=list)
    codes: list[Code | None] = field(default_factory=list)
    lates: dict[int, Late] = field(default_factory=dict)
    rereads: set[int] = field(default_factory=set)
    takers: set[int] = field(default_factory=set)
    residues: dict[int, int] = field(default_factory=dict)
    leftovers: set[int] = field(default_factory=set)
    lost: dict[int, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    lists: dict[tuple[str, int], str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    writable: set[int] = field(default_factory=set)
    joined: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        memory = self.graph.memory
        self.names = module_names(self.graph)
        self.codes = [_code(node, self.exact) for node in self.graph.nodes]
        self.residues = memory.residues()
        self.leftovers = set(memory.leftovers())
        self.lost = {memory.makers[blob]: blob for blob in memory.lost()}
        self._find_overwritten()
        self._find_writable()
        self._find_joined()
        self._name_blobs()

    def _find_overwritten(self) -> None:
        """Layers whose backward reads a blob that a later layer overwrites in place."""
        for i, node in enumerate(self.graph.nodes):
            if node.need_backward and self.codes[i] and self.graph.memory.spoiler(i) is not None:
                late = node.layer.late(node.site)
                if late:
                    self.lates[i] = late
                else:
                    self.rereads.add(i)
            if self.codes[i] and any(self.graph.memory.later(b, i) for b in _taken(node)):
                self.takers.add(i)

    def _find_writable(self) -> None:
        """Layers that may overwrite their bottom: written in place, and nobody needs the old."""
        producer: dict[str, Node] = {}
        for i, (node, code) in enumerate(zip(self.graph.nodes, self.codes, strict=True)):
            before = producer.get(node.bottoms[0]) if node.bottoms else None
            free = before is not None and not before.layer.keeps_output
            if code and code.inplace and node.site.in_place and free:
                self.writable.add(i)
            for top in node.tops:
                producer[top] = node

    def _find_joined(self) -> None:
        """Calls that compute a layer together with the one before it: position -> template."""
        nodes = self.graph.nodes if self.join else []
        for i, (first, second) in enumerate(pairwise(nodes), start=1):
            seen = set(self.returns) - set(second.tops)
            if first.tops != second.bottoms or seen & set(first.tops) or self._bound(i):
                continue
            call = first.layer.join(first.site, second.site)
            if call:
                self.joined[i] = call

    def _bound(self, i: int) -> bool:
        """Whether something other than the values ties a layer or the one before it."""
        pair = self.graph.nodes[i - 1 : i + 1]
        viewed = any(r.owner and r.owner.shape != r.shape for n in pair for r in n.params)
        stopped = bool(pair[1].param.propagate_down)
        spoiled = not {i - 1, i}.isdisjoint({*self.lates, *self.rereads, *self.takers})
        replaced = pair[1].need_backward and pair[1].layer.replaced(pair[1].site)
        return viewed or stopped or spoiled or bool(replaced) or self._seen_elsewhere(i - 1)

    def _seen_elsewhere(self, i: int) -> bool:
        """Whether a layer overwrites memory that more than its own blob lives in."""
        memory = self.graph.memory
        tops = self._overwritten(i)
        return any(memory.first(t) in memory.persistent for t in tops) or self._shared_before(i)

    def _shared_before(self, i: int) -> bool:
        """Whether a layer overwrites memory in which blobs of other names lie by then."""
        memory = self.graph.memory
        first = ((t, memory.blobs(t)[:2]) for t in self._overwritten(i))  # in order of making
        return any(o != t and memory.makers[o] < i for t, others in first for o in others)

    def _overwritten(self, i: int) -> list[str]:
        """The tops of a layer that are in place."""
        return [t for t in self.graph.nodes[i].tops if self.graph.memory.overwrites(i, t)]

    def _name_blobs(self) -> None:
        helpers = {helper.__name__ for helper in self.helpers()}
        names = Names({"self", "torch", "nn", "F"} | helpers)
        for node in self.graph.nodes:
            together = node.type == "Split" and not self.parts(node)
            for top in node.tops:
                if together:
                    self.variables[top] = self.variables[node.bottoms[0]]
                elif top not in self.variables:
                    self.variables[top] = names.take(identifier(top))
            if node.layer.source:
                self.arguments += [self.variables[top] for top in node.tops]
        for kind, number, blob in self._listed():
            if (kind, number) not in self.lists:
                self.lists[kind, number] = names.take(f"{kind}_{self.variables[blob]}")
        self._name_memory()

    def _name_memory(self) -> None:
        names = Names(self.names)
        for blob in self.graph.memory.persistent:
            if self.graph.nodes[self.graph.memory.makers[blob]].layer.source:
                self.kept[blob] = names.take(f"memory_{self.variables[blob]}")

    def parts(self, node: Node) -> bool:
        """Whether it is a Split whose copies part: a layer overwrites one of them by its name.

        Values stay equal, since the memory is one; the others' gradients pass that layer by.
        """
        nodes, memory = self.graph.nodes, self.graph.memory
        tops = node.tops if node.type == "Split" else []
        return any(top in nodes[i].tops for top in tops for i in memory.overwriters(top))

    def _listed(self) -> Iterator[tuple[str, int, str]]:
        """Kind, number and a blob for each list that forward fills for backward."""
        memory = self.graph.memory
        for i in sorted({*self.lates, *self.rereads, *self.takers}):
            for blob in self.read_late(i):
                if memory.changes(blob, i):
                    yield "later", memory.cells[blob], memory.first(blob)
        for split in self.residues.values():
            yield "left", split, self.graph.nodes[split].bottoms[0]

    def read_late(self, i: int) -> list[str]:
        """The blobs whose values at backward a layer takes: its top and bottoms, or bottoms."""
        node = self.graph.nodes[i]
        if i in self.lates:
            return [node.tops[0], *node.bottoms]
        if i in self.takers:
            return _taken(node)
        return [node.bottoms[j] for j in node.layer.rereads(node.site)]

    def later(self, i: int, blob: str) -> str:
        """The list with the value of a blob at the backward of layer `i`; "None" for the blob."""
        memory = self.graph.memory
        overwritten = blob in self.read_late(i) and memory.changes(blob, i)
        return self.lists["later", memory.cells[blob]] if overwritten else "None"

    def others(self, i: int, top: str) -> list[str]:
        """Variables that share the memory which layer `i` overwrites, and that are read later."""
        memory = self.graph.memory
        blobs = [blob for blob in memory.blobs(top) if memory.makers[blob] < i]
        variables = dict.fromkeys(self.variables[blob] for blob in blobs)
        last = self._last_reads
        return [v for v in variables if last.get(v, -1) > i and v != self.variables[top]]

    @cached_property
    def module_of(self) -> dict[str, str]:
        """Layer -> its submodule; the first of several layers of one name."""
        pairs = zip(self.graph.nodes, self.names, strict=True)
        return {node.name: name for node, name in reversed(list(pairs))}

    @cached_property
    def _last_reads(self) -> dict[str, int]:
        """Variable -> the last layer that reads it; behind all layers for what is returned."""
        last = {self.variables[b]: i for i, n in enumerate(self.graph.nodes) for b in n.bottoms}
        return last | dict.fromkeys((self.variables[b] for b in self.returns), len(self.codes))

    def helpers(self) -> list[Helper]:
        """The functions and classes that the source needs, each behind those it needs itself."""
        ordered: dict[Helper, None] = {}
        for node, code in zip(self.graph.nodes, self.codes, strict=True):
            if code:
                ordered |= dict.fromkeys(code_helpers(code, file_of(node.layer)))
        for i, late in self.lates.items():
            ordered[CaffeLate] = None
            ordered |= dict.fromkeys(self._named_by(i, late.rule))
        for i in self.residues:
            node = self.graph.nodes[i]
            expression = node.layer.residue(node.site).format(*["_"] * len(node.bottoms))
            ordered |= dict.fromkeys(self._named_by(i, expression))
        return list(ordered | dict.fromkeys(self._for_memory()))

    def _named_by(self, i: int, expression: str) -> Iterable[Helper]:
        return helpers_of([expression], file_of(self.graph.nodes[i].layer))

    def _for_memory(self) -> Iterator[Helper]:
        if self.rereads:
            yield CaffeReread
        if any(self._shared_before(i) for i in range(len(self.graph.nodes))):
            yield CaffeShared
        if self.lost:
            yield CaffeLost
        if self.leftovers:
            yield CaffeLeftover
        if self.residues:
            yield CaffeResidue


def _taken(node: Node) -> list[str]:
    """The blobs whose values at backward a layer's module takes by itself."""
    bottoms, tops = node.layer.takes_late(node.site)
    return [*(node.bottoms[j] for j in bottoms), *(node.tops[j] for j in tops)]


def _code(node: Node, exact: bool) -> Code | None:
    silent = node.layer.source or node.layer.silent
    if not (node.layer.source or node.layer.stands_in):
        unreproduced.refuse(node.name, node.param, node.layer.param_field)
    if silent:
        return None
    code = node.layer.code(node.site)
    return code.run if exact else code
