"""List the lint rules."""

from __future__ import annotations

import click

from caffe2torch.terminal import echo

GROUP = "check"
EXAMPLE = "c2t rules"


@click.command()
def command() -> None:
    """List every rule with its code, usual severity and summary."""
    from caffe2torch.lint import rules

    for rule in rules.every():
        echo(f"{rule.code}  {rule.severity:7}  {rule.name:26}  {rule.summary}")
