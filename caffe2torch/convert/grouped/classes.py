"""The text of the classes of an arrangement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from caffe2torch.convert.grouped.arrange import Arrangement, BlockClass
from caffe2torch.convert.grouped.body import Body, Part, chains, leaf, sequence
from caffe2torch.convert.grouped.class_names import free_name
from caffe2torch.convert.grouped.forward import Writer
from caffe2torch.convert.grouped.layer_names import common
from caffe2torch.convert.grouped.stages import Stage, StageLayer
from caffe2torch.convert.grouped.steps import Step, helper_names
from caffe2torch.convert.grouped.template import Template
from caffe2torch.convert.grouped.wrapping import WIDTH, broken, docstring
from caffe2torch.layers.code import quoted
from caffe2torch.module.names import bare, is_attribute, reference

Layer = tuple[str, str]
"""Source of a layer's name and of its constructor."""

TENSOR = "torch.Tensor"


def block_class(block: BlockClass) -> list[str]:
    """The lines of a block's class."""
    if block.stages:
        return _stage_class(block.name, block.stages[0])
    assert block.template is not None
    return _template_class(block.name, block.template)


def _stage_class(name: str, stage: Stage) -> list[str]:
    add = [_add(layer, 12) for layer in stage.layers]
    tail = [_add(layer, 8) for layer in stage.tail]
    return [
        f"class {name}(nn.Sequential):",
        f'    """{described(stage)}"""',
        "",
        "    def __init__(self, n: int, *channels: int) -> None:",
        "        super().__init__()",
        "        for i, (inputs, outputs) in enumerate(zip(channels, channels[1:]), 1):",
        *(line for lines in add for line in lines),
        *(line for lines in tail for line in lines),
    ]


def described(stage: Stage) -> str:
    """Docstring of a stage: its layers in order."""
    names = [layer.name.shown(["n", "i"]) for layer in stage.layers]
    tail = [layer.name.shown(["n", "i"]) for layer in stage.tail]
    text = f"{', '.join(names)} for each i"
    return f"{text}, then {', '.join(tail)}." if tail else f"{text}."


def _add(layer: StageLayer, indent: int) -> list[str]:
    return broken(f"self.add_module({layer.name.source(['n', 'i'])}, {layer.init})", indent)


def _template_class(name: str, shape: Template) -> list[str]:
    sources = [pattern.source(shape.holes) for pattern in shape.names]
    body = _template_body(shape)
    arguments = "".join(
        f", {p.name}: {p.type}" + (f" = {p.default}" if p.default else "") for p in shape.params
    )
    base = "nn.Sequential" if body.is_chain else "nn.Module"
    ends = " to ".join(shape.names[k].shown(shape.holes) for k in (0, -1))
    lines = [f"class {name}({base}):", f'    """Layers {ends}."""', ""]
    lines += broken(f"def __init__(self{arguments}) -> None:", 4)
    lines += ["        super().__init__()"]
    steps = zip(shape.steps, sources, shape.inits, strict=True)
    texts = {step.name: (source, init) for step, source, init in steps}
    if body.is_chain:
        return lines + _added(shape.steps, texts)
    lines += [f"        self.{p.name} = {p.name}" for p in shape.params if p.kept]
    optional = {shape.steps[k].name for k in shape.optional}
    for part in body.parts:
        indent = 8
        if part.attr and part.steps[0].name in optional:
            lines += [f"        self.{part.attr} = nn.Identity()", f"        if {shape.flag}:"]
            indent = 12
        lines += _part_lines(part, texts, literal=False, indent=indent)
    return [*lines, "", *forward_lines(body)]


def _added(steps: Sequence[Step], texts: dict[str, Layer]) -> list[str]:
    """The lines that add modules one after the other."""
    lines = []
    for step in steps:
        if step.flatten:
            lines.append(f'        self.add_module("flatten", {flat(step.flatten)})')
        name, init = texts[step.name]
        lines += broken(f"self.add_module({name}, {init})", 8)
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
    part: Part, texts: dict[str, Layer], literal: bool, flatten: bool = False, indent: int = 8
) -> list[str]:
    """The lines of a constructor that make one part; none for an expression.

    literal: the class is used once, so that its attributes may be called as the layers are
    flatten: modules follow each other, so that the flattening before one is a module too
    """
    if not part.attr:
        return []
    if part.make:
        return broken(f"self.{part.attr} = {part.make}", indent)
    first = part.steps[0]
    has_weights = any(step.nodes[0].params for step in part.steps)
    own_name = literal and part.attr == first.name
    if len(part.steps) == 1 and (own_name or not has_weights):
        lines = [f"        self.flatten = {flat(part.flatten)}"] if flatten and part.flatten else []
        name, init = texts[first.name]
        if is_attribute(part.attr):
            return lines + broken(f"self.{part.attr} = {init}", indent)
        return lines + broken(f"self.add_module({name}, {init})", indent)
    pairs = []
    for step in part.steps:
        if step.flatten and len(part.steps) > 1:
            pairs.append(f'("flatten", {flat(step.flatten)})')
        pairs.append("({}, {})".format(*texts[step.name]))
    return _named(part.attr, pairs, indent)


def _named(attr: str, pairs: list[str], indent: int) -> list[str]:
    if len(pairs) == 1:
        return broken(f"self.{attr} = named({pairs[0]})", indent)
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
        texts = {s.name: (quoted(s.name), s.init) for s in self.arrangement.flow.steps}
        written: set[str] = set()
        shape: object = None
        for part in body.parts:
            if part.attr and part.attr not in written:
                self._make(part, texts, chain, shape)
            written.add(part.attr)
            shape = self._shape(part) if part.writes else shape
        self._ties()
        if not chain:
            self.lines += ["", *forward_lines(body)]
        if self._grouped():
            self.lines += LOADING
        return self.lines

    def _make(self, part: Part, texts: dict[str, Layer], chain: bool, before: object) -> None:
        lines = _part_lines(part, texts, literal=True, flatten=chain)
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
        for step, ties in self.arrangement.sharing.tied.items():
            for key, owner, owned in ties:
                self.lines.append(f"        {reference(step)}.{key} = {reference(owner)}.{owned}")

    def _grouped(self) -> bool:
        """Whether weights lie deeper than one attribute."""
        groups = [p for p in self.arrangement.body.parts if p.attr and not _is_layer(p)]
        return any(step.nodes[0].params for part in groups for step in part.steps)


def _is_layer(part: Part) -> bool:
    return len(part.steps) == 1 and part.attr == part.steps[0].name


LOADING = [
    "",
    "    def load_state_dict(self, state_dict, *args, **kwargs):",
    '        """Weights are found by the names of their layers, in whatever group these are."""',
    '        keys = {".".join(key.split(".")[-2:]): key for key in self.state_dict()}',
    "        by_key = {keys.get(key, key): value for key, value in state_dict.items()}",
    "        return super().load_state_dict(by_key, *args, **kwargs)",
]


def _batched(shape: Sequence[int]) -> str:
    """A shape with N for its first axis."""
    rest = "".join(f", {size}" for size in shape[1:])
    return f"(N{rest or ','})" if shape else "()"
