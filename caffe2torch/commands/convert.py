"""Write a net as PyTorch code."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.errors import DataError

GROUP = "convert"


@click.command()
@click.argument("net", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: standard output.")
@click.option(
    "--phase",
    type=click.Choice(["TRAIN", "TEST"], case_sensitive=False),
    help="Default: the net's own state, which is TEST if it says nothing.",
)
@click.option("--level", type=int, help="Level of the net state.")
@click.option("--stage", "stages", multiple=True, help="Stage of the net state; may be repeated.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
def command(
    net: Path,
    output: Path | None,
    phase: str | None,
    level: int | None,
    stages: tuple[str, ...],
    force: bool,
) -> None:
    """Write NET, a prototxt or caffemodel of any Caffe version, as a PyTorch module.

    It is the very source that training runs. Data layers become arguments of `forward`; where
    their files are missing, the shape that the net itself suggests is taken, with a note.
    """
    from caffe2torch.atomic import replacing
    from caffe2torch.emit import emit
    from caffe2torch.graph import build_graph, net_state
    from caffe2torch.upgrade import read_net

    if output and output.exists() and not force:
        raise DataError(f"{output} exists already", hint="name another file, or use --force")
    read = read_net(net)
    state = net_state(read, phase.upper() if phase else None, level, stages)
    graph = build_graph(read, state, assume=True)
    if not graph.nodes:
        raise DataError(f"{net} has no layers in this state", hint="is it a net, and the phase?")
    source = emit(graph)
    for note in [*read.notes, *graph.notes]:
        click.echo(f"note: {note}", err=True)
    if output is None:
        click.echo(source, nl=False)
        return
    with replacing(output) as aside:
        aside.write_text(source, encoding="utf-8")
    click.echo(f"{output}: {len(graph.nodes)} layers, phase {'TRAIN' if graph.train else 'TEST'}")
