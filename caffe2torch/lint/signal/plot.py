"""The picture of `c2t signal --plot`: activations, gradients and updates by layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch.lint.remedy import UPDATE_BAND
from caffe2torch.lint.signal.model import Signal

if TYPE_CHECKING:
    from caffe2torch.lint.signal.measure import Measurement

LABELS = {
    "std": "activation std",
    "relative": "|gradient| / |weights|",
    "update": "share of itself that\na step moves a weight",
}


def draw(signal: Signal, measured: Measurement | None, path: Path, title: str) -> None:
    """Write a PNG: predicted as lines, measured as points, healthy updates as a band."""
    from matplotlib.figure import Figure

    from caffe2torch.atomic import replacing

    panels = list(LABELS) if signal.updates else ["std", "relative"]
    size = (max(7, 0.3 * len(signal.layers)), 3 * len(panels))
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title)
    axes = list(figure.subplots(len(panels), 1, sharex=True))
    for one, what in zip(axes, panels, strict=True):
        _panel(one, what, signal, measured)
    axes[-1].tick_params(axis="x", rotation=90)
    with replacing(path) as aside:
        figure.savefig(aside, format="png", dpi=110)


def _panel(axes: Any, what: str, signal: Signal, measured: Measurement | None) -> None:
    names = [layer.name for layer in signal.layers]
    predicted = [getattr(layer, what) or None for layer in signal.layers]
    axes.plot(names, predicted, ".-" if what == "update" else "-", label="predicted")
    if what == "std":
        inputs = [layer.input_std or None for layer in signal.layers]
        axes.plot(names, inputs, "--", color="tab:gray", label="of it from the input")
    if what == "update":
        axes.axhspan(*UPDATE_BAND, alpha=0.15, color="tab:green", label="healthy (median)")
    elif measured is not None:
        values = [getattr(measured.layers[name], what) or None for name in names]
        axes.plot(names, values, "o", color="tab:orange", markersize=4, label="measured")
    axes.set_yscale("log")
    axes.set_ylabel(LABELS[what])
    axes.legend()
