"""The layer table of `c2t lint --signal` and `c2t signal`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caffe2torch.config.files import Unavailable
from caffe2torch.errors import C2TError
from caffe2torch.lint.signal.model import LayerSignal, LossSignal, Signal
from caffe2torch.lint.signal.numbers import show
from caffe2torch.moments.loss import FLOOR
from caffe2torch.terminal import width

if TYPE_CHECKING:
    from caffe2torch.lint.context import Context
    from caffe2torch.lint.signal.measure import Measurement

HEAD = ("layer", "std", "from input", "|w| rms", "|g|/|w|", "update/step")
MEASURED = ("std measured", "ratio", "|g|/|w| measured", "ratio")
FACTOR = 2.0
MOST = 1e9


def of_context(context: Context) -> str:
    """The table for a file, or why there is none. Raises C2TError if the net has no loss."""
    try:
        return render(context.signal)
    except Unavailable:
        if context.failures:
            raise context.failures[0] from None
        hint = "it is predicted for nets with a loss layer"
        raise C2TError(f"{context.file}: no signal to predict", hint=hint) from None


def render(signal: Signal, measured: Measurement | None = None) -> str:
    """Rows by layer, then the losses, then what was assumed."""
    head = HEAD + (MEASURED if measured else ())
    rows = [_row(layer, measured) for layer in signal.layers]
    lines = _fitted([head, *rows], width())
    lines += ["", *_losses(signal, measured)]
    if signal.median_update is not None:
        lines.append(
            f"median update a step: {_number(signal.median_update)} (healthy 0.001 to 0.054)"
        )
    if measured:
        lines.append(agreement(signal, measured))
    lines += [f"note: {note}" for note in signal.notes]
    return "\n".join(lines) + "\n"


def _row(layer: LayerSignal, measured: Measurement | None) -> tuple[str, ...]:
    cells = [
        layer.name + (" (guess)" if layer.guess else ""), _number(layer.std),
        _number(layer.input_std), _number(layer.weight_rms), _number(layer.relative),
        _number(layer.update),
    ]  # fmt: skip
    if measured:
        real = measured.layers[layer.name]
        cells += [_number(real.std), _ratio(layer.std, real.std)]
        cells += [_number(real.relative), _ratio(layer.relative, real.relative)]
    return tuple(cells)


def headline(signal: Signal, path: str) -> str:
    """The file and what matters most, in one line."""
    main = signal.main
    return f"{path}: logit std from the input {show(main.input_std)}" if main else path


def _losses(signal: Signal, measured: Measurement | None) -> list[str]:
    lines = []
    for loss in signal.losses:
        value = "unknown" if loss.loss is None else f"{loss.loss:.4g}"
        if (loss.loss or 0) > FLOOR:
            value += f" (Caffe shows at most {FLOOR} a sample)"
        chance = "" if loss.chance is None else f" (chance {loss.chance:.4g})"
        text = (
            f"{loss.node.name}: logit std {_number(loss.std)}{_noisy(loss)}, from the input "
            f"{_number(loss.input_std)}; loss at iteration 0 {value}{chance}"
        )
        if measured:
            name = loss.node.name
            text += f"; measured std {measured.logits[name]:.3g}, loss {measured.losses[name]:.4g}"
        lines.append(text)
    return lines


def _noisy(loss: LossSignal) -> str:
    """What a batch in TRAIN shows, where dropout adds to it."""
    grows = loss.train_std > 1.05 * loss.std
    return f" ({_number(loss.train_std)} with dropout)" if grows else ""


def ratios(signal: Signal, measured: Measurement) -> list[tuple[str, float]]:
    """(layer, predicted ÷ measured) for the std and the relative gradient of each layer."""
    pairs = []
    for layer in signal.layers:
        real = measured.layers[layer.name]
        for a, b in ((layer.std, real.std), (layer.relative, real.relative)):
            if a and b:
                pairs.append((layer.name, a / b))
    return pairs


def agreement(signal: Signal, measured: Measurement) -> str:
    """How many layers the model gets within a factor 2, and which it does not."""
    missed = dict.fromkeys(n for n, r in ratios(signal, measured) if not 1 / FACTOR <= r <= FACTOR)
    total = len(signal.layers)
    text = f"{total - len(missed)} of {total} layers within a factor {FACTOR:g}"
    return text + (f"; not: {', '.join(missed)}" if missed else "")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if value < MOST else f"over {MOST:.0e}"


def _ratio(a: float | None, b: float | None) -> str:
    return f"{a / b:.2f}" if a and b else "-"


def _fitted(rows: Sequence[Sequence[str]], columns: int) -> list[str]:
    """The table, or below each other its two halves where one is too wide for the terminal."""
    lines = _aligned(rows)
    if not columns or max(map(len, lines)) <= columns or len(rows[0]) == len(HEAD):
        return lines
    halves = [row[: len(HEAD)] for row in rows], [[row[0], *row[len(HEAD) :]] for row in rows]
    return [*_aligned(halves[0]), "", *_aligned(halves[1])]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
