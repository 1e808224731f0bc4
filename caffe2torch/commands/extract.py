"""Write blobs that a net computes for pictures to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from caffe2torch.commands._options import engine_option, python_layers_option
from caffe2torch.commands._pictures import PATH, given, net_options, preparing_options, shapes
from caffe2torch.commands._progress import progress
from caffe2torch.terminal import echo, note

GROUP = "train"
EXAMPLE = "c2t extract net.prototxt --weights w.h5 --blob fc7 -o f.h5 db"


@click.command()
@net_options
@click.argument("inputs", nargs=-1, required=True, metavar="IMAGE|DB...")
@click.option("--blob", "blobs", multiple=True, required=True, metavar="NAME[,...]",
              help="Blob to write; may be repeated.")  # fmt: skip
@click.option("-o", "--output", type=PATH, required=True, help="FILE.npz, .h5 or .lmdb.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option("--input-shape", "sizes", multiple=True, metavar="BLOB=N,C,H,W",
              help="In place of the net's own.")  # fmt: skip
@preparing_options
@engine_option
@python_layers_option
def command(
    net: Path, inputs: tuple[str, ...], weights: Path | None, blobs: tuple[str, ...], output: Path,
    force: bool, **flags: Any,
) -> None:  # fmt: skip
    """Run NET in TEST on every IMAGE or record of a DB, and write blobs of it.

    As extract_features does: .npz and .h5 hold an array (N, ...) for each blob, with names and
    labels; an LMDB holds a Datum of float_data for each picture. Pictures are prepared as by
    c2t predict.
    """
    from caffe2torch.convert.loading import check_blob
    from caffe2torch.predict.extract import extract, save
    from caffe2torch.predict.subject import subject

    names = list(dict.fromkeys(name for part in blobs for name in part.split(",") if name))
    chosen = subject(net, weights, given(flags), shapes(flags["sizes"]), flags["engine"], note)
    for name in names:
        check_blob(chosen.graph, name)
    for text in chosen.notes:
        note(text)
    with progress(f"writing {output.name}") as done:

        def counted() -> Any:
            items = extract(chosen, names, inputs)
            for index, item in enumerate(items):
                done(index + 1)
                yield item

        count = save(counted(), output, names, force)
    listed = ", ".join(f"{name} {chosen.graph.shapes[name][1:]}" for name in names)
    echo(f"{output}: {listed} of {count:,} pictures")
