"""Options that say how pictures are prepared, for all commands that feed pictures to a net."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from caffe2torch.commands._kinds import WEIGHTS, of_kind
from caffe2torch.commands._options import sizes

PATH = click.Path(path_type=Path)


def net_options(command: Any) -> Any:
    """Give a click command NET, before its other arguments, and --weights."""
    weights = click.option(
        "--weights", type=PATH, callback=of_kind(*WEIGHTS),
        help="caffemodel, .h5, safetensors or state dict (.pt).",
    )  # fmt: skip
    net = click.argument("net", type=PATH, callback=of_kind("net", "weights"))
    return net(weights(command))


def preparing_options(command: Any) -> Any:
    """Give a click command --transform, --mean, --scale and --resize; see `given`."""
    options = (
        click.option("--transform", type=PATH, help="Net whose data layer prepares images."),
        click.option("--mean", default="", help="Mean file, or numbers: B,G,R or one."),
        click.option("--scale", type=float, help="Factor after the mean."),
        click.option("--resize", default="", metavar="H,W", help="Size before the crop."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def given(flags: Mapping[str, Any]) -> Any:
    """What the options of `preparing_options` say, as a config.preprocessing.Given."""
    from caffe2torch.config.preprocessing import Given

    return Given(flags["transform"], flags["mean"], flags["scale"], size(flags["resize"]))


def size(text: str) -> tuple[int, int] | None:
    """HEIGHT,WIDTH or one number for both; None for "". Raises: click.UsageError."""
    if not text:
        return None
    sides = sizes(text.replace("x", ","))
    if not 0 < len(sides) <= 2:
        raise click.UsageError(f"--resize {text}: write HEIGHT,WIDTH, such as 256,256")
    return sides[0], sides[-1]


def shapes(texts: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """BLOB=N,C,H,W for each input that gets another shape. Raises: click.UsageError."""
    out = {}
    for text in texts:
        blob, _, numbers = text.rpartition("=")
        shape = sizes(numbers)
        if not (blob and shape):
            raise click.UsageError(f"--input-shape {text}: write BLOB=N,C,H,W")
        out[blob] = shape
    return out
