"""The nets that a solver trains and tests: where they are, how large, on how much data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caffe2torch.config.files import Unavailable
from caffe2torch.inspect.summary import Summary
from caffe2torch.inspect.values import size
from caffe2torch.lint.context import Context, NetUse


@dataclass
class Use:
    """A net in the state in which the solver uses it; `summary` is None if it cannot be wired."""

    use: NetUse
    summary: Summary | None

    @property
    def phase(self) -> str:
        return "TRAIN" if self.use.train else "TEST"

    @property
    def batch(self) -> int:
        """Items in a batch of the first layer that reads data; 0 if nothing says."""
        return next((s.batch_size for s in self.use.sources if s.batch_size), 0)

    @property
    def records(self) -> int | None:
        return next((s.records for s in self.use.sources if s.batch_size), None)

    @property
    def line(self) -> str:
        """The net in a line."""
        text = f"{self.phase} {self.use.net.file or self.use.field}"
        if self.summary is None:
            return f"{text}: it cannot be wired"
        memory = self.summary.memory[0]
        return (
            f"{text}: {self.summary.parameters:,} parameters, batch {self.summary.batch}, about "
            f"{size(memory.total)} to {memory.purpose} (estimate)"
        )

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "phase": self.phase,
            "field": self.use.field,
            "file": self.use.net.file,
            "batch": self.batch or None,
            "records": self.records,
            "parameters": None,
            "memory": None,
        }
        if self.summary is not None:
            memory = {m.purpose: m.data for m in self.summary.memory}
            found |= {"parameters": self.summary.parameters, "memory": memory}
        return found


def uses(context: Context, method: str) -> list[Use]:
    """The TRAIN net and the TEST nets that can be read; the rest is among context.failures."""
    return [Use(use, _summary(use, method)) for use in _readable(context)]


def _readable(context: Context) -> list[NetUse]:
    found: list[NetUse] = []
    for part in ("train", "tests"):
        try:
            uses = getattr(context, part)
        except Unavailable:
            continue
        found += [uses] if isinstance(uses, NetUse) else uses
    return found


def _summary(use: NetUse, method: str) -> Summary | None:
    try:
        return Summary(use.graph, method)
    except Unavailable:
        return None


def tests(context: Context, nets: list[Use]) -> str:
    """How often is tested, on how many items of how many."""
    param = context.param
    if not param.test_iter or not param.test_interval:
        return "none"
    parts = []
    for i, batches in enumerate(param.test_iter):
        use = next((n for n in nets if not n.use.train and n.use.index == i), None)
        text = f"{batches:,} batches"
        if use and use.batch:
            text += f" × {use.batch} = {batches * use.batch:,}"
            text += f" of {use.records:,} records" if use.records else " items"
        parts.append(text)
    start = "" if param.test_initialization else ", not before the first"
    return f"every {param.test_interval:,} iterations{start}: {'; '.join(parts)}"
