"""Store the images of a list in an LMDB, as convert_imageset does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from caffe2torch.commands._gflags import GflagsCommand
from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._progress import progress
from caffe2torch.commands.import_._write import FORCE, SKIP, size_options
from caffe2torch.terminal import aside, echo

EXAMPLE = "c2t import images photos/ list.txt train_lmdb"


@click.command(cls=GflagsCommand)
@click.argument("root")
@click.argument("listfile", callback=of_kind("file_list"))
@click.argument("db", type=click.Path(path_type=Path))
@size_options
@click.option("--shuffle", is_flag=True, help="Store the images in random order.")
@click.option("--seed", default=0, show_default=True, help="Seed of --shuffle.")
@click.option("--check-size", is_flag=True, help="Refuse images of another size than the first.")
@click.option("--backend", type=click.Choice(["lmdb"]), default="lmdb", hidden=True)
@SKIP
@FORCE
def command(
    root: str, listfile: str, db: Path, backend: str, skip: int | None, force: bool, **flags: Any
) -> int:
    """Write the images that LISTFILE names, a "path label" a line below ROOT, to the new LMDB DB.

    Flags are convert_imageset's, in its spellings too; keys and records are the very same. ROOT
    ends with a slash, as it is put before each path. Images that cannot be read are named and
    left out: exit code 1. With --skip-bad-records, one too many and nothing is written.
    """
    from caffe2torch.data.importers.images import Options, Records, convert
    from caffe2torch.data.importers.tally import Tally
    from caffe2torch.data.lists import labelled

    tally = Tally(most=skip)

    def log(message: str) -> None:
        if message.startswith("Could not open"):
            tally.leave_out(message)
            echo(message, err=True)

    with progress(f"writing {db.name}", len(labelled(listfile))) as done:

        def watch(records: Records) -> Records:
            return tally.watch(records, done)

        convert(root, listfile, db, Options(**flags), log, force=force, watch=watch)
    echo(f"{db}: {tally.text()}")
    if len(tally.shapes) > 1:
        aside("next:  store one size, as nets want: --resize-height 256 --resize-width 256")
    else:
        aside(f"next:  c2t mean {db} -o mean.binaryproto")
    return 1 if tally.skipped and skip is None else 0
