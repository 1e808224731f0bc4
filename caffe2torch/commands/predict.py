"""Say what a trained net sees in pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from caffe2torch.commands._options import engine_option, python_layers_option
from caffe2torch.commands._pictures import PATH, given, net_options, preparing_options, shapes
from caffe2torch.terminal import echo, note

GROUP = "train"
EXAMPLE = "c2t predict net.prototxt --weights w.caffemodel photo.png"


@click.command()
@net_options
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--labels", type=PATH, help="Names of classes, a line each, or a labelmap.")
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="Classes shown.")
@click.option("--threshold", type=float, default=0.5, show_default=True, help="Of boxes shown.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a picture, one a line.")
@click.option("-o", "--output", type=PATH, help="Folder of drawn boxes and masks [here].")
@click.option("--input-shape", "inputs", multiple=True, metavar="BLOB=N,C,H,W",
              help="In place of the net's own.")  # fmt: skip
@preparing_options
@engine_option
@python_layers_option
def command(
    net: Path, images: tuple[str, ...], weights: Path | None, labels: Path | None, as_json: bool,
    **flags: Any,
) -> None:  # fmt: skip
    """Classify each IMAGE with NET, or find the boxes or the mask of what is in it.

    Pictures are prepared as the net's data layer does it in TEST, be it in NET or in a net beside
    it. Where nothing says how, that is told, and --transform, --mean, --scale and --resize do.
    Boxes (nets with DetectionOutput) and masks (nets that score every pixel) are drawn as
    IMAGE_boxes.png and IMAGE_mask.png.
    """
    from caffe2torch.data.class_names import read_class_names
    from caffe2torch.predict.answers import Choice
    from caffe2torch.predict.predict import label_note, predict
    from caffe2torch.predict.subject import subject

    choice = Choice(read_class_names(labels) if labels else (), flags["top"], flags["threshold"])
    chosen = subject(net, weights, given(flags), shapes(flags["inputs"]), flags["engine"], note)
    for text in chosen.notes:
        note(text)
    for index, seen in enumerate(predict(chosen, images, choice, flags["output"] or Path())):
        unnamed = label_note(seen, choice)
        if unnamed and not index:
            note(unnamed)
        if as_json:
            echo(json.dumps(seen.plain(choice)), verbatim=True)
            continue
        if len(images) > 1:
            echo(seen.path)
        for line in seen.lines(choice):
            echo(f"  {line}" if len(images) > 1 else line)
