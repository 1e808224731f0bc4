"""List the lint rules."""

from __future__ import annotations

import click

from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import echo

GROUP = "check"
EXAMPLE = "c2t rules"


@click.command()
@JSON
def command(as_json: bool) -> None:
    """List every rule with its code, usual severity and summary."""
    from caffe2torch.lint import rules

    if as_json:
        names = ("code", "severity", "name", "summary")
        print_json([{name: str(getattr(r, name)) for name in names} for r in rules.every()])
        return
    for rule in rules.every():
        echo(f"{rule.code}  {rule.severity:7}  {rule.name:26}  {rule.summary}")
