"""Options that several commands have."""

from __future__ import annotations

import os
from typing import Any

import click

from caffe2torch.layers._python import ENVIRONMENT


def python_layers_option(command: Any) -> Any:
    """Give a click command the flag --allow-python-layers.

    It sets an environment variable, which worker processes inherit.
    """

    def allow(_context: click.Context, _param: click.Parameter, on: bool) -> None:
        if on:
            os.environ[ENVIRONMENT] = "1"

    text = "Run the net's Python layers: somebody's code, with your rights."
    option = click.option(
        "--allow-python-layers", is_flag=True, expose_value=False, callback=allow, help=text
    )
    return option(command)
