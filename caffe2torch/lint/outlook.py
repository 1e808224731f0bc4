"""What the signal model predicts once the proposed fixes are made, all of them together."""

from __future__ import annotations

from caffe2torch.config.files import Files, Unavailable
from caffe2torch.format.text import apply
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.signal import Signal
from caffe2torch.lint.signal.numbers import show

MOST_LAYERS = 5000
"""Layers of a net beyond which it is not wired and predicted a second time."""


def fixed(context: Context, findings: list[Finding]) -> Context | None:
    """The config as one pass of all fixes would leave it; None if there is none to make."""
    chosen = fix.choose(findings, unsafe=True)
    if not chosen:
        return None
    files = context.files
    texts = {file: apply(files.text(file), edits) for file, edits in fix.by_file(chosen).items()}
    return Context(context.file, Files({**files.texts, **texts}), ",".join(context.weights))


def lines(context: Context, findings: list[Finding]) -> list[str]:
    """Lines to print below the findings; none if no fix changes what the model predicts."""
    try:
        if len(context.train.layers) > MOST_LAYERS:
            return []
        now = context.signal
        other = fixed(context, [f for f in findings if f.fix and not f.fix.safe])
        if other is None:
            return []
        after = other.signal
    except Unavailable:
        return []
    rows = [f"{name} {a} → {b}" for name, a, b in _rows(now, after) if a != b]
    if not rows:
        return []
    file = "-" if context.file.startswith("<") else context.file
    return [f"with all of it fixed (c2t lint --fix --unsafe-fixes {file}):", *_indent(rows)]


def _indent(rows: list[str]) -> list[str]:
    return [f"    {row}" for row in rows]


def _rows(now: Signal, after: Signal) -> list[tuple[str, str, str]]:
    rows = []
    if now.main and after.main:
        rows.append(("logit std", _std(now), _std(after)))
        if now.main.loss is not None and after.main.loss is not None:
            rows.append(("loss at iteration 0", show(now.main.loss, 3), show(after.main.loss, 3)))
    if now.median_update and after.median_update:
        a, b = show(now.median_update), show(after.median_update)
        rows.append(("median relative update of a step", a, b))
    return rows


def _std(signal: Signal) -> str:
    return show(signal.main.input_std) if signal.main else ""
