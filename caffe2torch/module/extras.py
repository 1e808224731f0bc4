"""What Caffe lacks: each off by default, and named in the log when it is on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Extras:
    """What is added to a solver while it trains.

    ema:             decay of a moving average of the weights, tested beside them; 0 for none
    no_ema_warmup:   let the decay be the same from the first iteration on
    warmup_iters:    iterations in which the rate rises to that of the policy
    lr_policy:       "cosine" in place of the solver's; "" for that
    label_smoothing: share of the label that all classes get alike, in SoftmaxWithLoss
    shuffle:         mix the records, as many as fit a bounded memory
    augment:         what is done to images at random; see `augment.read`; "" for nothing
    """

    ema: float = 0.0
    no_ema_warmup: bool = False
    warmup_iters: int = 0
    lr_policy: str = ""
    label_smoothing: float = 0.0
    shuffle: bool = False
    augment: str = ""

    def changed(self) -> dict[str, Any]:
        """Return what is on, by the names of the fields."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value}

    def words(self) -> list[str]:
        """Return what is on as it stands on the command line."""
        lines = []
        for name, value in self.changed().items():
            option = f"--{name.replace('_', '-')}"
            lines.append(option if value is True else f"{option} {value}")
        return lines
