"""Writes the beginning of a plug-in: a package with one layer type, its test, and its name.

What is known goes in: the parameters with their defaults from the schema (a fork's own by
--proto), and from an example net the numbers of bottoms and tops, shapes, and the layer's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.atomic import folders_above, replacing
from caffe2torch.errors import DataError
from caffe2torch.format.schema import is_repeated, to_text
from caffe2torch.format.upgrade import Net, read_net
from caffe2torch.graph import build_graph
from caffe2torch.layers._stub import WIRING
from caffe2torch.layers.base import Shape
from caffe2torch.layers.code import quoted
from caffe2torch.module.names import identifier

DECLARATION = '''"""{type}: what it does, in a line."""

from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class {class_name}(Layer):
    """What it computes, as a formula.

    Shape:    {shapes}
    Params:   {params}
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   {source}
    """

    type = {quoted}
    origin = {origin}
    bottoms, tops = {bottoms}, {tops}
{param_field}    examples = (
        Example(
            {text},
            bottoms={examples},
            tops={tops},
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]] * x.n_tops  # change this where its tops have other shapes

    def code(self, x: Site) -> Code:
        return op({settings})


def {function}({arguments}) -> torch.Tensor:
    """The top of the bottoms; a tuple of several."""
    raise NotImplementedError("the forward of {type} is not written")
'''
TEST = '''"""{type} against a loop written from its source, forward and backward."""

import pytest
import torch

from caffe2torch import layers
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.module.build import build

NET = """
{net}"""
SHAPES = {shapes}


def expected(*bottoms: torch.Tensor) -> torch.Tensor:
    """What the source computes, written as a loop; a dict of several tops."""
    raise NotImplementedError("write what {type} computes as a loop")


@pytest.fixture
def net() -> torch.nn.Module:
    return build(build_graph(parse_net(NET), phase="TEST"), seed=0)


@pytest.fixture
def bottoms() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for shape in SHAPES]


def test_the_type_is_registered() -> None:
    assert layers.find({quoted}).type == {quoted}


def test_forward(net: torch.nn.Module, bottoms: list[torch.Tensor]) -> None:
    torch.testing.assert_close(net(*bottoms), expected(*bottoms))


def test_backward(net: torch.nn.Module, bottoms: list[torch.Tensor]) -> None:
    double = [bottom.double().requires_grad_() for bottom in bottoms]
    assert torch.autograd.gradcheck(net.double(), double)
'''
PROJECT = """[project]
name = "{name}"
version = "0.1"
dependencies = ["caffe2torch"]

[tool.setuptools]
py-modules = ["{module}"]

[project.entry-points."caffe2torch.layers"]
{key} = "{module}:{class_name}"
"""


@dataclass(frozen=True)
class Use:
    """How a net uses a type: the text of its parameters, shapes of its bottoms, its tops."""

    text: str = ""
    bottoms: tuple[Shape, ...] = ((2, 3, 4, 5),)
    tops: int = 1
    fields: tuple[str, ...] = ()


def write(type_: str, example: Path | None, folder: Path | None) -> list[Path]:
    """Write the plug-in of a type into a folder [c2t_TYPE]; return its files.

    example: a net that has a layer of the type
    Raises: DataError if a file exists already, the type is known, or the net has none of it.
    """
    if not re.search(r"[A-Za-z]", type_):
        raise DataError(f"{type_!r} is no layer type", hint="write it as the net spells it")
    if any(layer.type == type_ for layer in layers.every()):
        raise DataError(f'the layer type "{type_}" is known already', hint=f"c2t layers {type_}")
    module = _snake(type_)
    use = _use(example, type_) if example else Use()
    files = {
        f"{module}.py": _declaration(type_, module, use),
        f"test_{module}.py": _test(type_, use),
        "pyproject.toml": _project(type_, module),
    }
    target = folder or Path(f"c2t_{module}")
    paths = [target / name for name in files]
    for path in paths:
        if path.exists():
            raise DataError(f"{path} exists already", hint="name another folder: -o DIR")
    with folders_above(paths[0]):
        for path, text in zip(paths, files.values(), strict=True):
            with replacing(path) as aside:
                aside.write_text(text, encoding="utf-8")
    return paths


def _snake(type_: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type_).lower()
    return identifier(words, ("torch", "nn", "test"), fallback="layer").strip("_")


def _class_name(type_: str) -> str:
    plain = identifier(type_, ("Layer", "Shape", "Site", "Code", "Example"), fallback="Type")
    return plain[0].upper() + plain[1:]


def _use(path: Path, type_: str) -> Use:
    net = read_net(path, lenient=True)
    index = next((i for i, p in enumerate(net.message.layer) if p.type == type_), None)
    if index is None:
        types = ", ".join(dict.fromkeys(p.type for p in net.message.layer))
        raise DataError(f'{path} has no layer of type "{type_}"', hint=f"it has: {types}")
    param = net.message.layer[index]
    shapes = _shapes(net, param)
    return Use(_text(param), shapes, max(1, len(param.top)), _unread(net, index))


def _shapes(net: Net, param: pb.LayerParameter) -> tuple[Shape, ...]:
    """The shapes of a layer's bottoms, as far as the layers before it are known."""
    for phase in ("TEST", "TRAIN"):
        graph = build_graph(net, phase=phase, assume=True, unknown=True)
        node = next((n for n in graph.nodes if n.name == param.name), None)
        if node is not None:
            return tuple(shape or (2, 3, 4, 5) for shape in node.bottom_shapes)
    return ((2, 3, 4, 5),) * len(param.bottom)


def _text(param: pb.LayerParameter) -> str:
    copy = pb.LayerParameter()
    copy.CopyFrom(param)
    for name in WIRING:
        if name in pb.LayerParameter.DESCRIPTOR.fields_by_name:
            copy.ClearField(name)
    return " ".join(to_text(copy).split())


def _unread(net: Net, index: int) -> tuple[str, ...]:
    """Fields of the layer that the schema does not have."""
    block = net.origins[index]
    known = pb.LayerParameter.DESCRIPTOR.fields_by_name
    fields = block.fields if block is not None else []
    return tuple(dict.fromkeys(f.name for f in fields if f.name not in known))


def _param_field(type_: str, use: Use) -> str:
    """The field of LayerParameter with the type's parameters; "" if the schema has none."""
    fields = pb.LayerParameter.DESCRIPTOR.fields_by_name
    used = re.findall(r"(\w+) \{", use.text)[:1]
    named = [*used, f"{_snake(type_)}_param", f"{type_.lower()}_param"]
    return next((name for name in named if name in fields and fields[name].message_type), "")


def _scalars(param_field: str) -> Sequence[Any]:
    if not param_field:
        return []
    message = pb.LayerParameter.DESCRIPTOR.fields_by_name[param_field].message_type
    assert message is not None, "a layer's parameters are a message"
    return [field for field in message.fields if field.message_type is None]


def _settings(param_field: str) -> Iterator[tuple[str, str]]:
    """Each scalar parameter, and the expression of its value."""
    for field in _scalars(param_field):
        value = f"x.param.{param_field}.{field.name}"
        yield identifier(field.name), f"list({value})" if is_repeated(field) else value


def _params(param_field: str, use: Use) -> str:
    """The line on parameters."""
    listed = []
    for field in _scalars(param_field):
        default: Any = field.default_value if field.has_default_value else ""
        listed.append(f"{field.name} [{default}]" if default != "" else field.name)
    if listed:
        return f"{param_field} {', '.join(listed)}"
    if use.fields:
        return f"{', '.join(use.fields)}: not in the schema; --proto FORK/caffe.proto reads it"
    return "none"


def _declaration(type_: str, module: str, use: Use) -> str:
    forks, field = layers.defined_by(type_), _param_field(type_, use)
    settings = list(_settings(field))
    tops = ", ".join(["(...)"] * use.tops)
    return DECLARATION.format(
        type=_plain(type_),
        class_name=_class_name(type_),
        shapes=f"{', '.join(map(str, use.bottoms))} -> {tops}",
        params=_params(field, use),
        source=", ".join(forks) or "where its formula is from",
        quoted=quoted(type_),
        origin=quoted(forks[0].partition("/")[2] if forks else "my lab"),
        bottoms=len(use.bottoms),
        tops=use.tops,
        param_field=f'    param_field = "{field}"\n' if field else "",
        text=quoted(use.text),
        examples=list(use.bottoms),
        function=module,
        settings=_listed([module, *(f"{name}={value}" for name, value in settings)], 12),
        arguments=_listed(["*bottoms: torch.Tensor", *(f"{n}: object" for n, _ in settings)], 4),
    )


def _listed(items: Sequence[str], indent: int) -> str:
    """Arguments on one line, or one a line if they are many."""
    line = ", ".join(items)
    if len(line) <= 60:
        return line
    inner, outer = "\n" + " " * indent, "\n" + " " * (indent - 4)
    return "".join(f"{inner}{item}," for item in items) + outer


def _test(type_: str, use: Use) -> str:
    inputs = [
        f'layer {{ name: "b{i}" type: "Input" top: "b{i}" input_param {{ shape {{ '
        f"dim: {list(shape)} }} }} }}\n"
        for i, shape in enumerate(use.bottoms)
    ]
    bottoms = " ".join(f'bottom: "b{i}"' for i in range(len(use.bottoms)))
    tops = " ".join(f'top: "t{i}"' for i in range(use.tops))
    text = use.text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    layer = f'layer {{ name: "l" type: {quoted(type_)} {bottoms} {tops} {text} }}\n'
    return TEST.format(
        type=_plain(type_), quoted=quoted(type_), net="".join([*inputs, layer]),
        shapes=list(use.bottoms),
    )  # fmt: skip


def _project(type_: str, module: str) -> str:
    name = f"c2t-{module.replace('_', '-')}"
    return PROJECT.format(
        name=name, module=module, key=_class_name(type_), class_name=_class_name(type_)
    )


def _plain(type_: str) -> str:
    return re.sub(r"[^ !#-\[\]-~]", "?", type_)
