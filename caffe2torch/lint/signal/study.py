"""What `c2t signal` does: predict, measure, compare, draw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caffe2torch.config.files import Unavailable
from caffe2torch.errors import C2TError
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal import table

if TYPE_CHECKING:
    from caffe2torch.lint.signal.measure import Measurement
    from caffe2torch.lint.signal.model import LayerSignal, LossSignal, Signal


@dataclass(frozen=True)
class Study:
    """The signal of one file, with the measurement beside it where there was one."""

    path: str
    signal: Signal
    measured: Measurement | None

    @property
    def text(self) -> str:
        """The table."""
        return table.render(self.signal, self.measured)

    @property
    def facts(self) -> dict[str, Any]:
        """The numbers of the table, as JSON has them."""
        return {
            "file": self.path,
            "layers": [self._layer(layer) for layer in self.signal.layers],
            "losses": [self._loss(loss) for loss in self.signal.losses],
            "median_update": self.signal.median_update,
            "notes": list(self.signal.notes),
        }

    def _layer(self, layer: LayerSignal) -> dict[str, Any]:
        known: dict[str, Any] = {
            "name": layer.name, "guess": layer.guess, "std": layer.std, "mean": layer.mean,
            "input_std": layer.input_std, "weight_rms": layer.weight_rms,
            "relative_gradient": layer.relative, "update": layer.update,
        }  # fmt: skip
        if self.measured:
            real = self.measured.layers[layer.name]
            known["measured"] = {"std": real.std, "relative_gradient": real.relative}
        return known

    def _loss(self, loss: LossSignal) -> dict[str, Any]:
        name = loss.node.name
        known: dict[str, Any] = {
            "name": name, "std": loss.std, "train_std": loss.train_std,
            "input_std": loss.input_std, "loss": loss.loss, "chance": loss.chance,
        }  # fmt: skip
        if self.measured:
            real = self.measured
            known["measured"] = {"std": real.logits[name], "loss": real.losses[name]}
        return known

    def draw(self, plot: Path) -> None:
        """Write the picture (PNG)."""
        from caffe2torch.lint.signal.plot import draw

        draw(self.signal, self.measured, plot, table.headline(self.signal, self.path))


def study(path: str, measured: bool, seed: int, batch: int | None, synthetic: bool) -> Study:
    """Predict the signal of a solver or net, and measure it if asked for.

    Raises: C2TError if the file has no net with a loss.
    """
    context = Context(path)
    try:
        if batch:
            set_batch(context, batch)
        graph, signal = context.train.graph, context.signal
    except Unavailable:
        table.of_context(context)  # raises with the reason
        raise
    measurement = None
    if measured:
        from caffe2torch.lint.signal.measure import measure

        measurement = measure(graph, signal, seed=seed, real=not synthetic)
    return Study(path, signal, measurement)


def set_batch(context: Context, batch: int) -> None:
    """Give every data layer this batch size. Raises C2TError if none has one."""
    params = [s.param for s in context.train.sources if hasattr(s.param, "batch_size")]
    if not params:
        raise C2TError(f"{context.file}: no data layer with a batch_size")
    for param in params:
        param.batch_size = batch
