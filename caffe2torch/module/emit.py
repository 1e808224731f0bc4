"""A graph as PyTorch source. What is written here is what runs: `build` executes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from caffe2torch.graph.memory import leaves
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.code import Code, quoted
from caffe2torch.module.emission import Emission
from caffe2torch.module.helpers import helper_source, import_lines
from caffe2torch.module.names import assign, bare, class_name, reference

INDENT = " " * 8


def emit(
    graph: Graph, returns: Sequence[str] | None = None, join: bool = False, exact: bool = False
) -> str:
    """Flat source of a graph: one submodule per layer, one line per layer in `forward`.

    returns: names of the blobs that forward returns as a dict. By default the net's outputs:
             the tensor itself if there is one, else a dict in Caffe's order.
    join:    let one call compute two layers where torch can (BatchNorm with its Scale): faster,
             but the second submodule is no longer called, so that its hooks are silent
    exact:   write what is Caffe's on NaN, too; without it torch's own modules, where they are that
             on numbers
    """
    emission = Emission(graph, list(graph.outputs if returns is None else returns), join, exact)
    lines: list[str] = []
    for helper in emission.helpers():
        lines += [helper_source(helper), ""]
    lines += [f"class {class_name(graph)}(nn.Module):", f'    """{_class_docstring(graph)}"""', ""]
    lines += ["    def __init__(self) -> None:", f"{INDENT}super().__init__()"]
    lines += [INDENT + line for line in _init_lines(emission)]
    lines += [""]
    plain = returns is None and len(graph.outputs) == 1
    lines += _forward_lines(emission, "forward", plain)
    body = "\n".join(lines) + "\n"
    return f'"""{_docstring(graph)}"""\n\n{import_lines(body)}\n\n{body}'


def emit_forward(graph: Graph, returns: Sequence[str], name: str = "forward") -> str:
    """A function like `forward` that returns a dict of the blobs named in `returns`."""
    emission = Emission(graph, list(returns))
    return "\n".join(line[4:] for line in _forward_lines(emission, name, plain=False)) + "\n"


def _docstring(graph: Graph) -> str:
    phase = "TRAIN" if graph.train else "TEST"
    return f"{bare(graph.name) or 'A Caffe net'} ({phase}), written by caffe2torch."


def _class_docstring(graph: Graph) -> str:
    blobs = [t for node in graph.sources for t in node.tops]
    takes = ", ".join(f"{bare(b)} {graph.shapes[b]}" for b in blobs) or "nothing"
    gives = ", ".join(bare(b) for b in graph.outputs) or "nothing"
    return f"Takes {takes}; gives {gives}."


def _init_lines(emission: Emission) -> list[str]:
    lines = []
    for i, (node, name, code) in enumerate(
        zip(emission.graph.nodes, emission.names, emission.codes, strict=True)
    ):
        if code is None or not code.init:
            continue
        lines.append(assign(name, code.inplace if i in emission.writable else code.init))
        lines += _frozen_lines(node, reference(name))
        lines += _shared_lines(emission, node, reference(name))
    lines += [f"self.{attribute} = None" for attribute in emission.kept.values()]
    return lines or ["pass"]


def _frozen_lines(node: Node, module: str) -> list[str]:
    return [
        f"{module}.{ref.key}.requires_grad_(False)"
        for ref, needs in zip(node.params, node.param_need_backward, strict=True)
        if ref.blob.learnable and not needs and ref.owner is None
    ]


def _shared_lines(emission: Emission, node: Node, module: str) -> list[str]:
    lines = []
    for ref in node.params:
        if ref.owner is not None and ref.owner.shape == ref.shape:
            owner = _owner(emission, ref.owner.layer)
            lines.append(f"{module}.{ref.key} = {owner}.{ref.owner.key}")
    return lines


def _owner(emission: Emission, layer: str) -> str:
    return reference(emission.module_of[layer])


def _forward_lines(emission: Emission, name: str, plain: bool) -> list[str]:
    lines = Body(emission).lines()
    variables = emission.variables
    if plain:
        lines.append(f"return {variables[emission.returns[0]]}")
    else:
        items = ", ".join(f"{quoted(blob)}: {variables[blob]}" for blob in emission.returns)
        lines.append(f"return {{{items}}}")
    arguments = "".join(f", {argument}" for argument in emission.arguments)
    return [f"    def {name}(self{arguments}):", *(INDENT + line for line in lines)]


@dataclass(frozen=True)
class Line:
    """A line of `forward`, with the variables that it reads and writes.

    layer: the position of the layer that it calls, None for a line about memory
    """

    text: str
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    layer: int | None = None


@dataclass
class Body:
    """The lines of `forward`, with a `del` as soon as nothing later reads a blob."""

    emission: Emission

    def lines(self) -> list[str]:
        """Return the text, without the final return."""
        e = self.emission
        steps = list(self.steps())
        last: dict[str, int] = {}
        for i, step in enumerate(steps):
            last |= dict.fromkeys((*step.reads, *step.writes), i)
        kept = {*e.arguments, *(e.variables[blob] for blob in e.returns)}
        lines = [f"{name} = []" for name in e.lists.values()]
        for blob, name in e.kept.items():
            variable = e.variables[blob]
            lines.append(f"{variable} = {variable} if self.{name} is None else self.{name}")
        for i, step in enumerate(steps):
            lines += step.text.split("\n")
            used = dict.fromkeys((*step.reads, *step.writes))
            done = [v for v in used if last[v] == i and v not in kept]
            if done and i < len(steps) - 1:
                lines.append(f"del {', '.join(done)}")
        return lines

    def steps(self) -> Iterator[Line]:
        """The lines in order: each layer's call, and what its memory asks for behind it."""
        e = self.emission
        for i, (node, code) in enumerate(zip(e.graph.nodes, e.codes, strict=True)):
            if i + 1 in e.joined:
                continue
            if code is not None:
                yield self._step(i, node, code)
            yield from self._behind(i, node)

    def _step(self, i: int, node: Node, code: Code) -> Line:
        e = self.emission
        first = e.graph.nodes[i - 1] if i in e.joined else node
        writes = [e.variables[top] for top in node.tops]
        call = self._call(i, node, code)
        text = f"{', '.join(writes)} = {call}" if writes else call
        shapes = ", ".join(str(shape) for shape in node.top_shapes)
        text = f"{text}  # {shapes}" if shapes else text
        return Line(text, [e.variables[bottom] for bottom in first.bottoms], writes, i)

    def _call(self, i: int, node: Node, code: Code) -> str:
        """The expression of a layer's tops."""
        e = self.emission
        if i in e.joined:
            return self._joined(i)
        arguments = [self.argument(i, j) for j in range(len(node.bottoms))]
        if i in e.lates:
            later = ", ".join(e.later(i, blob) for blob in (node.tops[0], *node.bottoms))
            rule = f"lambda g, b, t, x, n: {e.lates[i].rule}"
            call = f"{self._function(i, node, code)}, ({later}), {rule}"
            return f"CaffeLate.apply({call}, {', '.join(arguments)})"
        if i in e.rereads:
            later = "".join(f"{e.later(i, blob)}, " for blob in node.bottoms)
            call = f"{self._function(i, node, code)}, ({later.rstrip()})"
            tensors = [*arguments, *self._parameters(i, node, code)]
            return f"CaffeReread.apply({call}, {', '.join(tensors)})"
        call = self._plain(i, node, code, arguments)
        if i in e.takers:
            later = ", ".join(e.later(i, blob) for blob in (*node.bottoms, *node.tops))
            return f"{call[:-1]}, later=({later}))"
        return call

    def _plain(self, i: int, node: Node, code: Code, arguments: list[str]) -> str:
        module = reference(self.emission.names[i])
        views = self._views(node)
        if views:
            items = "".join(f"{a}, " for a in arguments)
            return f"torch.func.functional_call({module}, {{{views}}}, ({items}))"
        return code.call.format(*arguments, self=module, bottoms=", ".join(arguments))

    def _function(self, i: int, node: Node, code: Code) -> str:
        """A function of the bottoms that gives the tops: the submodule, if that is enough."""
        if code.init and code.call == "{self}({bottoms})" and not self._views(node):
            return reference(self.emission.names[i])
        names = [f"v{j}" for j in range(len(node.bottoms))]
        return f"lambda {', '.join(names)}: {self._plain(i, node, code, names)}"

    def _parameters(self, i: int, node: Node, code: Code) -> Iterator[str]:
        """What a layer's function depends on beside its bottoms."""
        if code.init and node.params:
            yield f"*{reference(self.emission.names[i])}.parameters()"
        for ref in node.params:
            if ref.owner is not None and ref.owner.shape != ref.shape:
                yield f"{_owner(self.emission, ref.owner.layer)}.{ref.owner.key}"

    def _joined(self, i: int) -> str:
        """The call that computes a layer and the one before it."""
        first, after = (reference(name) for name in self.emission.names[i - 1 : i + 1])
        bottom = self.argument(i - 1, 0)
        return self.emission.joined[i].format(bottom, self=first, after=after)

    def argument(self, i: int, j: int) -> str:
        """The expression of bottom j of layer i."""
        node = self.emission.graph.nodes[i]
        variable = self.emission.variables[node.bottoms[j]]
        given = node.param.propagate_down
        stopped = given and not given[j] and not node.bottom_need_backward[j]
        stopped = stopped and not self.emission.graph.memory.passes_anyway(i, j)
        return f"{variable}.detach()" if stopped else variable

    def _views(self, node: Node) -> str:
        """Blobs shared with a layer whose blob has another shape (PERMISSIVE)."""
        return ", ".join(
            f"{quoted(ref.key)}: {_owner(self.emission, ref.owner.layer)}.{ref.owner.key}"
            f".reshape({ref.shape})"
            for ref in node.params
            if ref.owner is not None and ref.owner.shape != ref.shape
        )

    def _behind(self, i: int, node: Node) -> Iterator[Line]:
        """What Caffe's memory does once a layer has run."""
        e = self.emission
        if e.codes[i] and not e.graph.memory.persistent.keys().isdisjoint(node.tops):
            variable = e.variables[node.tops[0]]  # apart from the parameter, which is overwritten
            yield Line(f"{variable} = {variable}.clone()", [variable], [variable])
        if i in e.lost:
            variable = e.variables[e.lost[i]]
            yield Line(f"{variable} = CaffeLost.apply({variable})", [variable], [variable])
        if ("left", i) in e.lists:
            variable = e.variables[node.bottoms[0]]
            text = f"{variable} = CaffeResidue.apply({variable}, {e.lists['left', i]})"
            yield Line(text, [variable], [variable])
        if i in e.leftovers:
            top, bottom = e.variables[node.tops[0]], e.variables[node.bottoms[0]]
            rule = f"lambda g, b: {leaves(node)}"
            yield Line(
                f"{top} = CaffeLeftover.apply({top}, {bottom}, {rule})", [top, bottom], [top]
            )
        if e.parts(node):
            source, copies = e.variables[node.bottoms[0]], [e.variables[top] for top in node.tops]
            yield Line(" = ".join([*copies, source]), [source], copies)
        if i in e.residues:
            bottoms = [e.variables[bottom] for bottom in node.bottoms]
            left = node.layer.residue(node.site).format(*bottoms)
            yield Line(f"{e.lists['left', e.residues[i]]}.append({left})", bottoms)
        for top in dict.fromkeys(node.tops):
            if e.graph.memory.overwrites(i, top):
                yield from self._overwritten(i, top)

    def _overwritten(self, i: int, top: str) -> Iterator[Line]:
        """Who else sees what layer `i` has written over the memory of its top."""
        e, memory = self.emission, self.emission.graph.memory
        variable = e.variables[top]
        for other in e.others(i, top):
            text = f"{other} = CaffeShared.apply({other}, {variable}.detach())"
            yield Line(text, [other, variable], [other])
        later = e.lists.get(("later", memory.cells[top]))
        if later and i == memory.overwriters(top)[-1]:
            yield Line(f"{later}.append({variable}.detach())", [variable])
        first = memory.first(top)
        if first in e.kept:
            shape = e.graph.shapes[first]
            text = f"self.{e.kept[first]} = {variable}.detach().reshape({shape})"
            yield Line(text, [variable])
        elif first in memory.persistent:
            weight = self._weight(memory.makers[first])
            yield Line(f"{weight}.data.copy_({variable}.detach().view_as({weight}))", [variable])

    def _weight(self, i: int) -> str:
        """The parameter blob in whose memory the top of layer `i` lies."""
        return f"{reference(self.emission.names[i])}.{self.emission.graph.nodes[i].params[0].key}"
