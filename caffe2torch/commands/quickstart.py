"""Write a complete Caffe folder, with real data or your own, to try things on."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch import inputs
from caffe2torch.commands._kinds import WEIGHTS, a_folder, of_kind
from caffe2torch.commands._progress import progress
from caffe2torch.terminal import aside, echo

GROUP = "train"
EXAMPLE = "c2t quickstart demo"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--from", "images", type=click.Path(path_type=Path), callback=a_folder,
    help="Your own images.",
)  # fmt: skip
@click.option("--net", help="The net for them [alexnet].")
@click.option(
    "--finetune", default="", callback=of_kind(*WEIGHTS),
    help="Weights that the net begins with.",
)  # fmt: skip
@click.option("--gpu", is_flag=True, help="Write solver_mode: GPU.")
@click.option("--force", is_flag=True, help="Replace the files if they exist.")
def command(
    folder: Path, images: Path | None, net: str | None, finetune: str, gpu: bool, force: bool
) -> None:
    """Write databases, their mean, nets and a solver into FOLDER.

    Without --from: 1,797 handwritten digits and a LeNet that learns them. With --from: the images
    below a folder with a sub-folder a class, a tenth of them to validate with, and the net
    alexnet, vgg16, cifar10_quick or mnist_lenet for those classes.
    """
    solver = folder / "solver.prototxt"
    if images is None:
        from caffe2torch.data.datasets import digits

        if net or finetune:
            raise click.UsageError("--net and --finetune are for pictures of your own: --from")
        digits.write_folder(folder, force=force, gpu=gpu)
        echo(f"{folder}: 1,437 digits to train on, 360 to test, a LeNet and its solver")
    else:
        from caffe2torch.data.datasets.starter import Starter, write_starter

        for path in finetune.split(",") if finetune else ():
            inputs.check(path)
        net = net or "alexnet"
        starter = Starter(images, net, finetune, gpu)
        with progress("importing") as done:
            imported = write_starter(starter, folder, force=force, progress=done)
        for line in imported.skipped:
            echo(line, err=True)
        for line in imported.lines:
            echo(line)
        echo(f"{folder}: their mean, {net} for {imported.classes} classes and its solver")
    weights = f" --weights {finetune}" if finetune else ""
    aside(f"next:  c2t lint {solver}\n       c2t train {solver}{weights}")
