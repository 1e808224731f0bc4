"""Explain a lint rule: what it means, why it matters, bad and good examples."""

from __future__ import annotations

import click

from caffe2torch.terminal import echo

GROUP = "check"


@click.command()
@click.argument("code")
def command(code: str) -> None:
    """Print the documentation of the rule CODE, such as C2T201, 201 or signal-vanishes."""
    from caffe2torch.lint import faults, rules

    if code.upper() in faults.CODES:
        name, summary = faults.CODES[code.upper()]
        echo(f"{code.upper()} {name} (error)\n\n{summary}")
        return
    rule = rules.find(code)
    echo(f"{rule.title} ({rule.severity})\n\n{rule.doc}")
