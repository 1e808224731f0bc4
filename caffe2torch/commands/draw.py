"""Draw a net as SVG, PNG, an HTML page to explore, or Graphviz's language."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._options import LEVEL, STAGES, phase_option, python_layers_option
from caffe2torch.commands._results import FORCE, claim
from caffe2torch.terminal import echo, note

GROUP = "look"
EXAMPLE = "c2t draw train_val.prototxt -o net.svg"


@click.command()
@click.argument("net", type=click.Path(), callback=of_kind("net", "solver", "weights"))
@click.option(
    "-o", "--output", required=True, metavar="FILE",
    help="FILE.svg, .png, .html or .dot; - prints an SVG, or what --to says.",
)  # fmt: skip
@click.option("--to", "kind", help="svg, png, html or dot [by the suffix of FILE].")
@click.option(
    "--rankdir",
    type=click.Choice(["TB", "LR", "BT"], case_sensitive=False),
    default="TB",
    help="Top to bottom, left to right, or bottom to top [TB].",
)
@phase_option("Which layers [ALL; for a solver TRAIN].", "ALL")
@LEVEL
@STAGES
@click.option("--collapse", is_flag=True, help="Fold blocks that repeat: res4b1 … res4b35 ×35.")
@FORCE
@python_layers_option
def command(
    net: str, output: str, kind: str | None, rankdir: str, phase: str | None, level: int | None,
    stages: tuple[str, ...], collapse: bool, force: bool,
) -> None:  # fmt: skip
    """Draw NET, a net of any Caffe version, in text or binary, or a solver's net.

    Boxes are layers, with the in-place layers on them and their parameters; the shapes stand on
    the arrows. Data that are not here have assumed shapes, which are marked. A net that does not
    build is drawn with the shapes that are known.
    """
    from caffe2torch.draw import compose, formats, scene, subject

    kind = _kind(output, kind, formats.names())
    if output != "-":
        claim(Path(output), force)
    chosen = subject.read(net, phase or "", level, stages)
    picture = compose.compose(chosen, collapse)
    drawn = scene.lay_out(picture, rankdir.upper())
    _write(formats.render(drawn, kind), output)
    for text in [*picture.errors, *picture.notes[len(picture.errors) :], *chosen.notes]:
        note(text)


def _kind(output: str, kind: str | None, known: list[str]) -> str:
    """The kind of file, by --to or by the suffix. Raises: UsageError if there is no such kind."""
    suffix = Path(output).suffix.lower().removeprefix(".")
    chosen = kind or ("svg" if output == "-" else suffix)
    if chosen not in known:
        listed = ", ".join(f".{name}" for name in known)
        raise click.UsageError(f"-o {output}: there is no drawing of kind {chosen!r}; {listed}")
    return chosen


def _write(data: bytes, output: str) -> None:
    from caffe2torch.atomic import replacing

    if output == "-":
        sys.stdout.buffer.write(data)
        return
    with replacing(output) as aside:
        aside.write_bytes(data)
    echo(f"{output}: written")
