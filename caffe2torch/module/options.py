"""What the command line adds to a solver: where and how it runs, and what Caffe lacks."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, fields
from typing import Any

import torch

from caffe2torch.module.extras import Extras


@dataclass(frozen=True)
class Options:
    """How a run uses the machine.

    device:  where the nets live
    amp:     "" for float32, "bf16" or "fp16" for autocast (fp16 with a gradient scaler)
    compile: let torch.compile make the forward
    tf32:    allow TensorFloat-32 in matrix products and convolutions of CUDA devices
    sync_bn: BatchNorm statistics over all processes together
    ignore_shape_mismatch: skip layers whose trained weights do not fit, naming each
    extras:  what is computed beyond Caffe, off by default
    layout:  "nchw" or "nhwc", how blobs lie in memory; "auto" tries which is faster to train
    """

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    amp: str = ""
    compile: bool = False
    tf32: bool = False
    sync_bn: bool = False
    ignore_shape_mismatch: bool = False
    extras: Extras = field(default_factory=Extras)
    layout: str = "auto"

    @property
    def autocast(self) -> AbstractContextManager[Any]:
        """The context that a forward runs in."""
        if not self.amp:
            return nullcontext()
        kind = torch.float16 if self.amp == "fp16" else torch.bfloat16
        return torch.autocast(self.device.type, kind)

    def record(self) -> dict[str, Any]:
        """Return what a snapshot remembers of the run; the layout is part of the net's state."""
        names = [one.name for one in fields(self) if one.name not in ("extras", "layout")]
        values = {name: getattr(self, name) for name in names}
        return values | {"device": str(self.device)} | self.extras.changed()

    def changed(self) -> list[str]:
        """Return the switches that change numbers, as they stand on the command line."""
        given = [f"--amp {self.amp}"] if self.amp else []
        given += [f"--layout {self.layout}"] if self.layout != "auto" else []
        given += [f"--{name}" for name in ("compile", "tf32") if getattr(self, name)]
        return given + self.extras.words()
