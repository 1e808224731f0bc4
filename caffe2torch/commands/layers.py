"""List the layer types, or show one in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from caffe2torch.layers.base import Layer

GROUP = "look"


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List every layer type with its origin, or show the layer type NAME in full.

    Types marked * run forward only: no gradient passes them.
    """
    from caffe2torch import layers

    if name:
        _show(layers.find(name))
        return
    for layer in layers.every():
        mark = "*" if layer.backward else " "
        click.echo(f"{layer.type:28}{mark} {layer.origin:11} {_summary(layer)}")


def _summary(layer: Layer) -> str:
    return (layer.__doc__ or "").partition("\n")[0]


def _show(layer: Layer) -> None:
    from inspect import cleandoc

    click.echo(f"{layer.type} ({layer.origin})\n")
    click.echo(cleandoc(layer.__doc__ or ""))
    if layer.backward:
        click.echo(f"\nForward only: {layer.backward}")
    if layer.param_field:
        click.echo(f"\n{layer.param_field} {{")
        for line in _fields(layer.param_field):
            click.echo(f"  {line}")
        click.echo("}")


def _fields(param_field: str) -> list[str]:
    """Return a line for each field of a parameter message: name, values, default."""
    from caffe2torch.caffe_pb2 import LayerParameter

    message = LayerParameter.DESCRIPTOR.fields_by_name[param_field].message_type
    assert message is not None, "a layer's parameters are a message"
    lines = []
    for field in message.fields:
        enum = field.enum_type
        values = f"  {' | '.join(enum.values_by_name)}" if enum else ""
        default = field.default_value
        if enum and field.has_default_value:
            default = enum.values_by_number[default].name
        known = field.has_default_value and not field.message_type
        lines.append(f"{field.name}{f': {default}' if known else ''}{values}")
    return lines
