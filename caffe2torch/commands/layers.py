"""List the layer types, or show one in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import echo, reflowed

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor

    from caffe2torch.layers.base import Layer

GROUP = "look"
EXAMPLE = "c2t layers Pooling"
PATH = click.Path(path_type=Path)


@click.command()
@click.argument("name", required=False)
@click.option("--new", metavar="TYPE", help="Write a plug-in for a type that is not known.")
@click.option("--net", type=PATH, help="With --new: a net that has a layer of the type.")
@click.option("-o", "--output", type=PATH, help="With --new: the folder [c2t_TYPE].")
@JSON
def command(
    name: str | None, new: str | None, net: Path | None, output: Path | None, as_json: bool
) -> None:
    """List every layer type, or show the layer type NAME in full.

    A line of the list says the type, whether gradients pass it, and the project it comes from;
    NAME shows its parameters with their defaults, too. --new writes a package with the type's
    declaration, its test and its registration; what is not known is still to be written
    (docs/plugins.md).
    """
    from caffe2torch import layers

    if new is not None:
        _write(new, net, output)
        return
    if net or output:
        raise click.UsageError("--net and -o go with --new TYPE")
    if as_json:
        chosen = [layers.find(name)] if name else layers.every()
        print_json([{"type": one.type, "status": status(one), "origin": one.origin}
                    for one in chosen])  # fmt: skip
        return
    if name:
        _show(layers.find(name))
        return
    for layer in layers.every():
        echo(f"{layer.type:30} {status(layer):12} {layer.origin}")


def _write(type_: str, net: Path | None, output: Path | None) -> None:
    from caffe2torch.convert import plugin

    paths = plugin.write(type_, net, output)
    for path in paths:
        click.echo(str(path))
    folder = paths[0].parent
    click.echo(f"write its forward and its test, then: pip install -e {folder}; pytest {folder}")


def status(layer: Layer) -> str:
    """Whether gradients pass: "trains" or "forward only"; "shapes only" for what cannot be run
    here, "source" for what brings data in, and "unread" for what brings in data of forks.
    """
    from caffe2torch.layers.base import Layer as Base

    if layer.source:
        return "unread" if layer.shapes_only else "source"
    if layer.shapes_only:
        return "shapes only"
    least = layer.bottoms if isinstance(layer.bottoms, int) else layer.bottoms[0]
    refused = {index for index in layer.no_gradient if 0 <= index < least}
    learns = type(layer).blobs is not Base.blobs
    blocked = least > 0 and len(refused) == least and not learns
    return "forward only" if layer.backward or blocked or layer.tops == 0 else "trains"


def _fields(param_field: str) -> list[FieldDescriptor]:
    """The fields of a parameter message of LayerParameter; none without one."""
    from caffe2torch.caffe_pb2 import LayerParameter

    if not param_field:
        return []
    message = LayerParameter.DESCRIPTOR.fields_by_name[param_field].message_type
    assert message is not None, "a layer's parameters are a message"
    return [*message.fields]


def _default(field: FieldDescriptor) -> str:
    """A default as prototxt writes it; "" where the schema has none."""
    import json

    if not field.has_default_value or field.message_type or field.default_value == []:
        return ""
    if field.enum_type:
        return str(field.enum_type.values_by_number[field.default_value].name)
    if isinstance(field.default_value, float):
        return f"{field.default_value:.6g}"
    return json.dumps(field.default_value)


def _show(layer: Layer) -> None:
    from inspect import cleandoc

    text = cleandoc(layer.__doc__ or "")
    echo(f"{layer.type} ({layer.origin})\n\n{reflowed(text)}")
    for line in _gradient(layer):
        echo(f"Gradient: {line}")
    if layer.aliases:
        echo(f"Also:     {', '.join(layer.aliases)}")
    if layer.param_field:
        echo(f"\n{layer.param_field} {{")
        for field in _fields(layer.param_field):
            values = f"  # {' | '.join(field.enum_type.values_by_name)}" if field.enum_type else ""
            default = _default(field)
            echo(f"  {field.name}{': ' if default else ''}{default}{values}")
        echo("}")


def _gradient(layer: Layer) -> list[str]:
    """What is known of its gradient, one line each."""
    if layer.shapes_only and not layer.source:
        return ["none: it cannot be run here"]
    if layer.source or layer.backward:
        return [layer.backward or "none: it brings data in"]
    refused = [
        f"{'last bottom' if index < 0 else f'bottom {index}'} {reason}"
        for index, reason in layer.no_gradient.items()
    ]
    return refused or ["to every bottom" if layer.tops else "0 to every bottom"]
