"""Say why a config will not train, with numbers, and fix it."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._kinds import named_weights, of_kind

GROUP = "check"
EXAMPLE = "c2t lint solver.prototxt"


@click.command()
@click.argument("paths", nargs=-1, required=True, callback=of_kind("solver", "net"))
@click.option("--select", multiple=True, help="Run only rules with these prefixes.")
@click.option("--extend-select", multiple=True, help="Run these as well.")
@click.option("--ignore", multiple=True, help="Run all but rules with these prefixes.")
@click.option("--format", "style", default="text", help="text, json, sarif or github.")
@click.option("--json", "style", flag_value="json", help="As --format json.")
@click.option("--brief", is_flag=True, help="Show one headline a finding.")
@click.option("--explain", is_flag=True, help="Append the page of every rule that has spoken.")
@click.option("--fix", is_flag=True, help="Make the fixes that do not change training.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: make the others too.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option("--signal", is_flag=True, help="Show the signal model's table instead.")
@click.option(
    "--weights", default="", callback=named_weights,
    help="Pretrained weights that training will start from.",
)  # fmt: skip
@click.option("--statistics", is_flag=True, help="Show only how often each code occurs.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--config", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="Configuration in place of the one that is looked for.",
)  # fmt: skip
@click.option("--isolated", is_flag=True, help="Ignore configuration files.")
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False),
    help="Leave out the findings that this file lists.",
)  # fmt: skip
@click.option(
    "--write-baseline", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the findings of now into this file.",
)  # fmt: skip
@click.option("--stdin-filename", default="<stdin>", help="What `-` is called in messages.")
def command(paths: tuple[str, ...], **options: object) -> int:
    """Check solvers and nets: files, folders, globs, or - for standard input.

    Exit code 0: nothing at or above a warning; 1: findings; 2: unreadable input.
    """
    import gc
    import os

    # Trees of a hundred thousand objects live to the end: looking for garbage takes a third.
    gc.set_threshold(100_000, 50, 100)
    # NumPy's products are small here: further threads would wait for work and take a processor.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from caffe2torch import terminal
    from caffe2torch.lint import run

    settings = run.Settings(**options)  # type: ignore[arg-type]
    color = terminal.colors()
    result = run.run(paths, settings, color=color, width=terminal.width())
    click.echo(result.output, nl=False, color=color)
    return result.code
