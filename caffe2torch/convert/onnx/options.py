"""How an ONNX model is written."""

from __future__ import annotations

from dataclasses import dataclass

from caffe2torch.errors import UnsupportedError

OPSET = 13
"""The newest that every engine in use reads."""
OPSETS = range(11, 23)
"""Those that the forms are written for."""
KINDS = ("batch", "spatial", "none")
"""What may vary from call to call: the number of items; that, height and width; nothing."""


@dataclass(frozen=True)
class Options:
    """How a model is written.

    opset:   of the default domain, one of OPSETS
    half:    weights and activations in float16; inputs and outputs stay float32
    dynamic: what may vary, one of KINDS; None: the batch, where the net allows it
    """

    opset: int = OPSET
    half: bool = False
    dynamic: str | None = None

    def __post_init__(self) -> None:
        if self.opset not in OPSETS:
            raise UnsupportedError(
                f"opset {self.opset} is not written",
                hint=f"use --opset {OPSETS[0]} to {OPSETS[-1]}; without it, {OPSET}",
            )
