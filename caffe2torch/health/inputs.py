"""What the net gets: its images after the transformation, as numbers and as a picture."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from caffe2torch.atomic import replacing
from caffe2torch.health.history import Channel
from caffe2torch.layers.base import Role
from caffe2torch.module.runner import Runner

MOST, COLUMNS = 32, 8
"""Images in the picture, and how many stand side by side."""


def images(runner: Runner) -> dict[str, Tensor]:
    """Return the images (N, C, H, W) of the batch that the net saw last, by blob.

    Only those of data layers: what DummyData makes need not look like images.
    """
    tops = [node.tops[0] for node in runner.graph.sources if node.layer.plays(Role.IMAGES)]
    seen = {top: runner.seen[top] for top in tops if top in runner.seen}
    return {top: value for top, value in seen.items() if value.ndim == 4 and value.numel()}


def channels(runner: Runner) -> list[Channel]:
    """Return range, mean and spread of each channel of the images that the net saw last."""
    return [
        _channel(blob, index, values[:, index].float())
        for blob, values in images(runner).items()
        for index in range(values.shape[1])
    ]


def _channel(blob: str, index: int, values: Tensor) -> Channel:
    low, high = values.aminmax()
    return Channel(
        blob, index, float(low), float(high), float(values.mean()), float(values.std(correction=0))
    )


def save_grid(runner: Runner, picture: Path) -> bool:
    """Draw up to 32 images of the last batch, each with its first label; False if there are none.

    All share one scale of brightness, so that an offset or a wrong scale shows. Three channels are
    taken for blue, green and red, as Caffe stores them; of others the first is drawn.
    """
    shown = images(runner)
    if not shown:
        return False
    from matplotlib.figure import Figure

    blob, batch = next(iter(shown.items()))
    batch = batch[:MOST].detach().float().cpu()
    low, high = float(batch.min()), float(batch.max())
    shades = ((batch - low) / ((high - low) or 1.0)).permute(0, 2, 3, 1)
    rows = -(-len(shades) // COLUMNS)
    figure = Figure(figsize=(COLUMNS, 1.25 * rows + 0.5))
    panes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    labels = _labels(runner, len(shades))
    for pane, shade, label in zip(panes, shades, labels, strict=False):
        colors = shade.flip(-1) if shade.shape[-1] == 3 else shade[..., 0]
        pane.imshow(colors.numpy(), cmap="gray", vmin=0, vmax=1)
        pane.set_title(label, fontsize=8)
    for pane in panes:
        pane.axis("off")
    figure.suptitle(f"{blob}: black is {low:.3g}, white {high:.3g}", fontsize=10)
    with replacing(picture) as aside:
        figure.savefig(aside, format="png", dpi=100)
    return True


def _labels(runner: Runner, count: int) -> list[str]:
    """Return the first label of each image, "" where there is none."""
    for node in runner.graph.sources:
        if node.layer.plays(Role.IMAGES) and len(node.tops) > 1:
            values = runner.seen[node.tops[1]]
            if values.shape[:1] and len(values) >= count:
                return [f"{float(row.reshape(-1)[0]):g}" for row in values[:count]]
    return [""] * count
