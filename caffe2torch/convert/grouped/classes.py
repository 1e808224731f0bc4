"""The text of the classes of an arrangement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from caffe2torch.convert.grouped.arrange import Arrangement, BlockClass
from caffe2torch.convert.grouped.attributes import attributes, inside
from caffe2torch.convert.grouped.body import Body, Part, chains, leaf, sequence
from caffe2torch.convert.grouped.class_names import free_name
from caffe2torch.convert.grouped.forward import Writer
from caffe2torch.convert.grouped.layer_names import common
from caffe2torch.convert.grouped.stages import Stage
from caffe2torch.convert.grouped.steps import Step, helper_names
from caffe2torch.convert.grouped.template import Template
from caffe2torch.convert.grouped.wrapping import WIDTH, broken, docstring
from caffe2torch.layers.code import quoted
from caffe2torch.module.names import bare

Layer = tuple[str, str]
"""What a layer's submodule is called, and the source of its constructor."""

TENSOR = "torch.Tensor"


def block_class(block: BlockClass) -> list[str]:
    """The lines of a block's class."""
    if block.stages:
        return _stage_class(block.name, block.stages[0])
    assert block.template is not None
    return _template_class(block.name, block.template)


def _stage_class(name: str, stage: Stage) -> list[str]:
    repeated, tail = stage.attributes
    lines = [
        f"class {name}(nn.Sequential):",
        f'    """{described(stage)}"""',
        "",
        "    def __init__(self, *channels: int) -> None:",
        "        super().__init__()",
        "        for i, (inputs, outputs) in enumerate(zip(channels, channels[1:]), 1):",
    ]
    for attr, layer in zip(repeated, stage.layers, strict=True):
        lines += broken(f"self.add_module(f{quoted(attr)}, {layer.init})", 12)
    for attr, layer in zip(tail, stage.tail, strict=True):
        lines += broken(f"self.{attr} = {layer.init}", 8)
    return lines


def described(stage: Stage) -> str:
    """Docstring of a stage: its layers in order."""
    names = [layer.name.shown(["n", "i"]) for layer in stage.layers]
    tail = [layer.name.shown(["n", "i"]) for layer in stage.tail]
    text = f"{', '.join(names)} for each i"
    return f"{text}, then {', '.join(tail)}." if tail else f"{text}."


def _template_class(name: str, shape: Template) -> list[str]:
    body = _template_body(shape)
    arguments = "".join(
        f", {p.name}: {p.type}" + (f" = {p.default}" if p.default else "") for p in shape.params
    )
    base = "nn.Sequential" if body.is_chain else "nn.Module"
    ends = " to ".join(shape.names[k].shown(shape.holes) for k in (0, -1))
    lines = [f"class {name}({base}):", f'    """Layers {ends}."""', ""]
    lines += broken(f"def __init__(self{arguments}) -> None:", 4)
    lines += ["        super().__init__()"]
    names = [step.name for step in shape.steps]
    layers = dict(zip(names, zip(shape.attributes, shape.inits, strict=True), strict=True))
    if body.is_chain:
        return lines + _added(shape.steps, layers)
    lines += [f"        self.{p.name} = {p.name}" for p in shape.params if p.kept]
    optional = {shape.steps[k].name for k in shape.optional}
    for part in body.parts:
        indent = 8
        if part.attr and part.steps[0].name in optional:
            lines += [f"        self.{part.attr} = nn.Identity()", f"        if {shape.flag}:"]
            indent = 12
        lines += _part_lines(part, _renamed(part, layers), indent=indent)
    return [*lines, "", *forward_lines(body)]


def _renamed(part: Part, layers: dict[str, Layer]) -> dict[str, Layer]:
    """The layers of a part, none of them called as the part is."""
    pairs = [layers[step.name] for step in part.steps]
    names = inside(part.attr, [name for name, _ in pairs], [init for _, init in pairs])
    renamed = zip(names, [init for _, init in pairs], strict=True)
    return dict(zip([step.name for step in part.steps], renamed, strict=True))


def _added(steps: Sequence[Step], layers: dict[str, Layer]) -> list[str]:
    """The lines that add modules one after the other."""
    lines = []
    for step in steps:
        if step.flatten:
            lines.append(f"        self.flatten = {flat(step.flatten)}")
        attr, init = layers[step.name]
        lines += broken(f"self.{attr} = {init}", 8)
    return lines


def _template_body(shape: Template) -> Body:
    """The inside of a block's class, with attributes named by what tells its layers apart."""
    block = shape.blocks[0]
    suffix = {step.name: text for step, text in zip(block.steps, shape.suffixes, strict=True)}
    names = {v: "x" if k == 0 else "yzuvw"[min(k - 1, 4)] for k, v in enumerate(block.reads)}
    names |= {v: suffix[step.name] for step in block.steps for v in step.writes}
    outputs = {str(k): value for k, value in enumerate(block.writes)}
    functions = helper_names(block.steps)
    body = Body([], list(block.reads), outputs, names, functions, as_tuple=True)
    body.parts = [leaf(step) for step in block.steps]
    calls = {step.name: call for step, call in zip(block.steps, shape.calls, strict=True)}
    taken: set[str] = {"forward", "training"}
    parts = []
    for run in chains(block.steps, body.readers(), adjacent=True):
        part = sequence(run, "") if len(run) > 1 else leaf(run[0])
        part.call = part.call if run[0].init else calls[run[0].name]
        if run[0].init:
            part.attr = free_name(_common(run, suffix), taken, "branch_")
            taken.add(part.attr)
            names[part.writes[0]] = part.attr
        parts.append(part)
    body.parts = parts
    return body


def _common(run: Sequence[Step], suffix: dict[str, str]) -> str:
    """What the names of a branch's layers begin with."""
    distinct = [suffix[step.name] for step in run if step.nodes[0].params]
    if not distinct:
        return suffix[run[-1].name]
    return common(distinct) or "branch"


def flat(axis: int) -> str:
    """The module that flattens from an axis on."""
    return "nn.Flatten()" if axis == 1 else f"nn.Flatten({axis})"


def _part_lines(
    part: Part, layers: dict[str, Layer], flatten: bool = False, indent: int = 8
) -> list[str]:
    """The lines of a constructor that make one part; none for an expression.

    flatten: modules follow each other, so that the flattening before one is a module too
    """
    if not part.attr:
        return []
    if part.make:
        return broken(f"self.{part.attr} = {part.make}", indent)
    if len(part.steps) == 1:
        lines = [f"        self.flatten = {flat(part.flatten)}"] if flatten and part.flatten else []
        return lines + broken(f"self.{part.attr} = {layers[part.steps[0].name][1]}", indent)
    pairs = []
    for step in part.steps:
        if step.flatten:
            pairs.append(f'("flatten", {flat(step.flatten)})')
        attr, init = layers[step.name]
        pairs.append(f"({quoted(attr)}, {init})")
    return _named(part.attr, pairs, indent)


def _named(attr: str, pairs: list[str], indent: int) -> list[str]:
    lines = [" " * indent + f"self.{attr} = named("]
    for pair in pairs:
        lines += broken(f"{pair},", indent + 4)
    return [*lines, " " * indent + ")"]


def forward_lines(body: Body) -> list[str]:
    """The `forward` of a body."""
    writer = Writer(body)
    statements = writer.write()
    arguments = "".join(f", {name}: {TENSOR}" for name in writer.arguments)
    several = f"tuple[{TENSOR}, ...]" if body.as_tuple else f"dict[str, {TENSOR}]"
    gives = TENSOR if len(body.outputs) == 1 else several
    lines = broken(f"def forward(self{arguments}) -> {gives}:", 4)
    for line in statements:
        lines += broken(line, 8)
    return lines


@dataclass
class NetClass:
    """The lines of the net's own class."""

    arrangement: Arrangement
    name: str
    lines: list[str] = field(default_factory=list)

    def text(self) -> list[str]:
        """All lines of the class."""
        body = self.arrangement.body
        chain = body.is_chain
        self.lines = [
            f"class {self.name}({'nn.Sequential' if chain else 'nn.Module'}):",
            *docstring(self._docstring(), 4),
            "",
            "    def __init__(self) -> None:",
            "        super().__init__()",
        ]
        written: set[str] = set()
        shape: object = None
        for part in body.parts:
            if part.attr and part.attr not in written:
                self._make(part, chain, shape)
            written.add(part.attr)
            shape = self._shape(part) if part.writes else shape
        self._ties()
        if not chain:
            self.lines += ["", *forward_lines(body)]
        return self.lines

    def _make(self, part: Part, chain: bool, before: object) -> None:
        inner = names_inside(part)
        layers = {step.name: (inner[step.name], step.init) for step in part.steps}
        lines = _part_lines(part, layers, flatten=chain)
        comment = f"  # {self._shape(part)}"
        if lines and self._shape(part) != before and len(lines[-1] + comment) <= WIDTH:
            lines[-1] += comment
        self.lines += lines

    def _shape(self, part: Part) -> str:
        shapes = [_batched(self.arrangement.flow.shapes[v]) for v in part.writes]
        return ", ".join(shapes)

    def _docstring(self) -> str:
        flow = self.arrangement.flow
        takes = ", ".join(f"{bare(flow.blobs[v])} {_batched(flow.shapes[v])}" for v in flow.inputs)
        gives = ", ".join(
            f"{bare(blob)} {_batched(flow.shapes[v])}" for blob, v in flow.outputs.items()
        )
        return f"{takes or 'nothing'} -> {gives or 'nothing'}."

    def _ties(self) -> None:
        known = paths(self.arrangement)
        for step, ties in self.arrangement.sharing.tied.items():
            for key, owner, owned in ties:
                self.lines.append(f"        self.{known[step]}.{key} = self.{known[owner]}.{owned}")


def names_inside(part: Part) -> dict[str, str]:
    """Step name -> what its submodule is called inside of a part that is several layers."""
    names = [step.name for step in part.steps]
    inner = attributes(names, [step.init for step in part.steps], part.attr)
    return dict(zip(names, inner, strict=True))


def paths(arranged: Arrangement) -> dict[str, str]:
    """Step name -> the path of its submodule, such as stage1.conv_1."""
    blocks: dict[str, dict[str, str]] = {}
    for one in arranged.classes:
        blocks |= {stage.block.steps[0].name: stage.paths() for stage in one.stages}
        blocks |= _rows(one.template) if one.template else {}
    out: dict[str, str] = {}
    first: dict[str, Part] = {}
    for part in filter(lambda part: part.attr, arranged.body.parts):
        known = first.setdefault(part.attr, part)  # called again, its modules are those it had
        if part.make:
            inner = list(blocks[known.steps[0].name].values())
        else:
            inner = list(names_inside(known).values()) if len(known.steps) > 1 else [""]
        for step, rest in zip(part.steps, inner, strict=True):
            out[step.name] = f"{part.attr}.{rest}" if rest else part.attr
    return out


def _rows(shape: Template) -> dict[str, dict[str, str]]:
    """First step of each block -> the paths inside of it."""
    body = _template_body(shape)
    steps = [step.name for step in shape.steps]
    layers = dict(zip(steps, zip(shape.attributes, shape.inits, strict=True), strict=True))
    names = dict(zip(steps, shape.attributes, strict=True))
    if not body.is_chain:
        for part in body.parts:
            for name, (attr, _) in _renamed(part, layers).items():
                names[name] = f"{part.attr}.{attr}" if len(part.steps) > 1 else part.attr
    relative = [names[step.name] for step in shape.steps]
    return {
        row.block.steps[0].name: {
            step.name: path for step, path in zip(row.steps, relative, strict=True) if step
        }
        for row in shape.rows
    }


def _batched(shape: Sequence[int]) -> str:
    """A shape with N for its first axis."""
    rest = "".join(f", {size}" for size in shape[1:])
    return f"(N{rest or ','})" if shape else "()"
