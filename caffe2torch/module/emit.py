"""A graph as PyTorch source. What is written here is what runs: `build` executes it.

Names out of a net enter the source only through `identifier()` and `quoted()`.
"""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from caffe2torch.graph import unreproduced
from caffe2torch.graph.builder import AUTOMATIC
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers._late import CaffeLate
from caffe2torch.layers.code import Code, Late, quoted

INDENT = " " * 8
STANDARD = [
    ("Callable", "from collections.abc import Callable"),
    ("Any", "from typing import Any"),
]
TORCH = [
    ("torch", "import torch"),
    ("F", "import torch.nn.functional as F"),
    ("nn", "from torch import nn"),
]


def identifier(name: str, taken: Iterable[str] = (), fallback: str = "x") -> str:
    """A Python identifier made from any string, different from all that are `taken`."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII).strip()
    if not plain.strip("_"):
        plain = fallback
    if plain[0].isdigit():
        plain = f"{fallback}{plain}"
    if keyword.iskeyword(plain) or keyword.issoftkeyword(plain):
        plain += "_"
    taken = set(taken)
    unique, n = plain, 1
    while unique in taken:
        n += 1
        unique = f"{plain}_{n}"
    return unique


@cache
def module_attributes() -> frozenset[str]:
    """Names that nn.Module itself uses."""
    from torch import nn

    return frozenset(dir(nn.Module())) | set(nn.Module().__dict__)


def module_names(graph: Graph) -> list[str]:
    """The name of each node's submodule: the layer's own, changed only where torch forbids it.

    torch refuses "" and names with a dot, and names that nn.Module itself uses ("forward");
    a second layer of the same name gets a number.
    """
    names: list[str] = []
    taken: set[str] = set()
    for node in graph.nodes:
        plain = node.name.replace(".", "_") or "layer"
        if plain in module_attributes():
            plain += "_"
        unique, n = plain, 1
        while unique in taken:
            n += 1
            unique = f"{plain}_{n}"
        names.append(unique)
        taken.add(unique)
    return names


def is_attribute(name: str) -> bool:
    """Whether `self.name` can be written; two underscores in front would be mangled."""
    plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    return plain and not name.startswith("__")


def reference(name: str, owner: str = "self") -> str:
    """Expression for the submodule called `name`."""
    if is_attribute(name):
        return f"{owner}.{name}"
    return f"getattr({owner}, {quoted(name)})"


def _assign(name: str, value: str) -> str:
    if is_attribute(name):
        return f"self.{name} = {value}"
    return f"self.add_module({quoted(name)}, {value})"


@dataclass
class Emission:
    """All that is decided about a graph before a line is written."""

    graph: Graph
    returns: list[str]
    join: bool = False
    names: list[str] = field(default_factory=list)
    codes: list[Code | None] = field(default_factory=list)
    lates: dict[int, Late] = field(default_factory=dict)
    last_writer: dict[str, int] = field(default_factory=dict)
    laters: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    writable: set[int] = field(default_factory=set)
    joined: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = module_names(self.graph)
        self.codes = [_code(node) for node in self.graph.nodes]
        self._find_overwritten()
        self._find_writable()
        self._find_joined()
        self._name_blobs()

    def _find_overwritten(self) -> None:
        """Nodes whose backward reads a blob that a later layer overwrites in place."""
        writers: dict[str, list[int]] = {}
        for i, node in enumerate(self.graph.nodes):
            for top in node.tops:
                writers.setdefault(top, []).append(i)
        for top, nodes in writers.items():
            for k, i in enumerate(nodes[:-1]):
                node, after = self.graph.nodes[i], nodes[k + 1 :]
                late = node.layer.late(node.site) if node.need_backward else None
                kept = all(self.graph.nodes[j].layer.keeps_signs for j in after)
                if late and not (late.sign and kept):
                    self.lates[i] = late
                    self.last_writer[top] = nodes[-1]

    def _find_writable(self) -> None:
        """Nodes that may overwrite their bottom: written in place, and nobody needs the old."""
        producer: dict[str, Node] = {}
        for i, (node, code) in enumerate(zip(self.graph.nodes, self.codes, strict=True)):
            before = producer.get(node.bottoms[0]) if node.bottoms else None
            free = before is not None and not before.layer.keeps_output
            if code and code.inplace and node.site.in_place and free:
                self.writable.add(i)
            for top in node.tops:
                producer[top] = node

    def _find_joined(self) -> None:
        """Calls that compute a node together with the one before it: index -> template."""
        nodes = self.graph.nodes if self.join else []
        for i, (first, second) in enumerate(pairwise(nodes), start=1):
            seen = set(self.returns) - set(second.tops)
            if first.tops != second.bottoms or seen & set(first.tops) or self._bound(i):
                continue
            call = first.layer.join(first.site, second.site)
            if call:
                self.joined[i] = call

    def _bound(self, i: int) -> bool:
        """Whether something other than the values ties a node or the one before it."""
        pair = self.graph.nodes[i - 1 : i + 1]
        viewed = any(r.owner and r.owner.shape != r.shape for n in pair for r in n.params)
        stopped = bool(pair[1].param.propagate_down)
        return viewed or stopped or i in self.lates or i - 1 in self.lates

    def helpers(self) -> list[object]:
        seen: dict[str, object] = {}
        for code in self.codes:
            for helper in code.helpers if code else ():
                _collect(helper, seen)
        for late in self.lates.values():
            for helper in (CaffeLate, *late.helpers):
                _collect(helper, seen)
        return list(seen.values())

    def _name_blobs(self) -> None:
        taken = {"self", "torch", "nn", "F"} | {_name_of(h) for h in self.helpers()}
        for node in self.graph.nodes:
            for bottom, top in zip(node.bottoms * len(node.tops), node.tops, strict=False):
                if node.type == "Split":
                    self.variables[top] = self.variables[bottom]
            for top in node.tops:
                if top not in self.variables:
                    self.variables[top] = identifier(top, taken)
                    taken.add(self.variables[top])
            if node.layer.source:
                self.arguments += [self.variables[top] for top in node.tops]
        for blob in self.last_writer:
            self.laters[blob] = identifier(f"later_{self.variables[blob]}", taken)
            taken.add(self.laters[blob])


def _code(node: Node) -> Code | None:
    if not node.layer.source:
        unreproduced.refuse(node.name, node.param, node.layer.param_field)
    silent = node.layer.source or node.layer.silent
    return None if silent else node.layer.code(node.site)


def _name_of(helper: object) -> str:
    return str(getattr(helper, "__name__", helper))


def _collect(helper: object, seen: dict[str, object]) -> None:
    """Add a helper after those that it names itself in `needs`."""
    for other in getattr(helper, "needs", ()):
        _collect(other, seen)
    seen.setdefault(_name_of(helper), helper)


def helper_source(helper: object) -> str:
    """The text of a helper, without its `needs` line (that is for the emitter only)."""
    text = inspect.getsource(helper)  # type: ignore[arg-type]
    return re.sub(r"^    needs = .*\n", "", text, flags=re.MULTILINE).rstrip() + "\n"


def emit(graph: Graph, returns: Sequence[str] | None = None, join: bool = False) -> str:
    """Flat source of a graph: one submodule per layer, one line per layer in `forward`.

    returns: names of the blobs that forward returns as a dict. By default the net's outputs:
             the tensor itself if there is one, else a dict in Caffe's order.
    join:    let one call compute two layers where torch can (BatchNorm with its Scale): faster,
             but the second submodule is no longer called, so that its hooks are silent
    """
    emission = Emission(graph, list(graph.outputs if returns is None else returns), join)
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
    return f'"""{_docstring(graph)}"""\n\n{_imports(body)}\n\n{body}'


def _imports(body: str) -> str:
    """The import lines for the names that the body uses."""
    standard = [line for name, line in STANDARD if re.search(rf"\b{name}\b", body)]
    used = [line for name, line in TORCH if re.search(rf"\b{name}\.", body)]
    return "\n".join([*standard, *([""] if standard else []), *used]) + "\n"


def emit_forward(graph: Graph, returns: Sequence[str], name: str = "forward") -> str:
    """A function like `forward` that returns a dict of the blobs named in `returns`."""
    emission = Emission(graph, list(returns))
    return "\n".join(line[4:] for line in _forward_lines(emission, name, plain=False)) + "\n"


def class_name(graph: Graph) -> str:
    """The class name of the emitted module: the net's name, capitalised.

    Helpers are called Caffe..., Op or in lower case, so "Net" in front keeps clear of them.
    """
    plain = identifier(graph.name, fallback="Net")
    plain = plain[0].upper() + plain[1:]
    taken = plain.startswith(("Caffe", "_")) or plain in ("Op", "F", "Any", "Callable")
    return f"Net{plain}" if taken else plain


def bare(text: str) -> str:
    """A name for a docstring or comment: what could end one is a question mark."""
    return re.sub(r"[^ -~]|[\\\"]", "?", text)


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
        lines.append(_assign(name, code.inplace if i in emission.writable else code.init))
        lines += _frozen_lines(node, reference(name))
        lines += _shared_lines(emission, node, reference(name))
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
    for node, name in zip(emission.graph.nodes, emission.names, strict=True):
        if node.name == layer:
            return reference(name)
    raise KeyError(layer)


def _forward_lines(emission: Emission, name: str, plain: bool) -> list[str]:
    body = Body(emission)
    lines = body.lines()
    variables = emission.variables
    if plain:
        lines.append(f"return {variables[emission.returns[0]]}")
    else:
        items = ", ".join(f"{quoted(blob)}: {variables[blob]}" for blob in emission.returns)
        lines.append(f"return {{{items}}}")
    arguments = "".join(f", {argument}" for argument in emission.arguments)
    return [f"    def {name}(self{arguments}):", *(INDENT + line for line in lines)]


@dataclass
class Body:
    """The lines of `forward`, with a `del` as soon as nothing later reads a blob."""

    emission: Emission

    def lines(self) -> list[str]:
        steps = list(self._steps())
        last: dict[str, int] = {}
        for i, (_, reads, writes) in enumerate(steps):
            for variable in (*reads, *writes):
                last[variable] = i
        kept = {self.emission.variables[blob] for blob in self.emission.returns}
        kept.update(self.emission.arguments)
        lines = [f"{later} = []" for later in self.emission.laters.values()]
        for i, (line, reads, writes) in enumerate(steps):
            lines += line.split("\n")
            done = [v for v in dict.fromkeys((*reads, *writes)) if last[v] == i and v not in kept]
            if done and i < len(steps) - 1:
                lines.append(f"del {', '.join(done)}")
        return lines

    def _steps(self) -> Iterable[tuple[str, list[str], list[str]]]:
        e = self.emission
        for i, (node, name, code) in enumerate(zip(e.graph.nodes, e.names, e.codes, strict=True)):
            if code is None or i + 1 in e.joined:
                continue
            readers = e.graph.nodes[i - 1] if i in e.joined else node
            reads = [e.variables[b] for b in readers.bottoms]
            writes = [e.variables[t] for t in node.tops]
            late = e.lates.get(i)
            if i in e.joined:
                call = self._join(i)
            else:
                call = self._late(node, name, code, late) if late else self._call(node, name, code)
            line = f"{', '.join(writes)} = {call}" if writes else call
            shapes = ", ".join(str(shape) for shape in node.top_shapes)
            line = f"{line}  # {shapes}" if shapes else line
            for blob in node.tops:
                if e.last_writer.get(blob) == i:
                    line += f"\n{e.laters[blob]}.append({e.variables[blob]}.detach())"
            yield line, reads, writes

    def _late(self, node: Node, name: str, code: Code, late: Late) -> str:
        """A call whose backward reads the blob as the last in-place layer leaves it."""
        arguments = [self._argument(node, j) for j in range(len(node.bottoms))]
        names = [f"v{j}" for j in range(len(arguments))]
        module = reference(name)
        call = code.call.format(*names, self=module, bottoms=", ".join(names))
        if code.init and code.call == "{self}({bottoms})":
            call = module
        else:
            call = f"lambda {', '.join(names)}: {call}"
        later = self.emission.laters[node.tops[0]]
        rule = f"lambda g, b, t, x: {late.rule}"
        settings = f"{call}, {later}, {node.site.in_place}, {rule}"
        return f"CaffeLate.apply({settings}, {', '.join(arguments)})"

    def _join(self, i: int) -> str:
        """The call that computes a node and the one before it."""
        first, after = (reference(name) for name in self.emission.names[i - 1 : i + 1])
        bottom = self._argument(self.emission.graph.nodes[i - 1], 0)
        return self.emission.joined[i].format(bottom, self=first, after=after)

    def _call(self, node: Node, name: str, code: Code) -> str:
        arguments = [self._argument(node, j) for j in range(len(node.bottoms))]
        module = reference(name)
        views = self._views(node)
        if views:
            joined = "".join(f"{a}, " for a in arguments)
            return f"torch.func.functional_call({module}, {{{views}}}, ({joined}))"
        return code.call.format(*arguments, self=module, bottoms=", ".join(arguments))

    def _argument(self, node: Node, j: int) -> str:
        variable = self.emission.variables[node.bottoms[j]]
        said = node.param.propagate_down
        stopped = said and not said[j] and not node.bottom_need_backward[j]
        return f"{variable}.detach()" if stopped else variable

    def _views(self, node: Node) -> str:
        """Blobs shared with a layer whose blob has another shape (PERMISSIVE)."""
        return ", ".join(
            f"{quoted(ref.key)}: {_owner(self.emission, ref.owner.layer)}.{ref.owner.key}"
            f".view({ref.shape})"
            for ref in node.params
            if ref.owner is not None and ref.owner.shape != ref.shape
        )


__all__ = ["AUTOMATIC", "class_name", "emit", "emit_forward", "identifier", "module_names"]
