"""What `c2t signal` does: predict, measure, compare, draw."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.config.files import Unavailable
from caffe2torch.errors import C2TError
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal import table


def study(
    path: str, measured: bool, seed: int, batch: int | None, plot: Path | None, synthetic: bool
) -> str:
    """The table for a file, with measured columns and a plot if asked for.

    Raises: C2TError if the file has no net with a loss.
    """
    context = Context(path)
    try:
        if batch:
            set_batch(context, batch)
        graph, signal = context.train.graph, context.signal
    except Unavailable:
        return table.of_context(context)  # raises with the reason
    measurement = None
    if measured:
        from caffe2torch.lint.signal.measure import measure

        measurement = measure(graph, signal, seed=seed, real=not synthetic)
    text = table.render(signal, measurement)
    if plot is not None:
        from caffe2torch.lint.signal.plot import draw

        draw(signal, measurement, plot, table.headline(signal, path))
        text += f"{plot}: written\n"
    return text


def set_batch(context: Context, batch: int) -> None:
    """Give every data layer this batch size. Raises C2TError if none has one."""
    params = [s.param for s in context.train.sources if hasattr(s.param, "batch_size")]
    if not params:
        raise C2TError(f"{context.file}: no data layer with a batch_size")
    for param in params:
        param.batch_size = batch
