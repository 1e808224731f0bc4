"""Stand-ins for torch, so that a layer file holds its PyTorch code without importing torch.

A layer file says `from caffe2torch.layers.lazy import F, nn, torch` and writes plain PyTorch
below its declaration. Nothing imports torch until an attribute is used. `nn.Module`,
`nn.MaxPool2d` and `torch.autograd.Function` are placeholders, so that a class statement works too:
such a class is a text to be copied into emitted source (and to be executed by
`caffe2torch.module.nn`), never used as it stands.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    import torch.nn.functional as F
    from torch import nn
else:

    class Template:
        """Base of a class whose text is emitted; it cannot be used before torch is there."""

        def __init__(self, *_args: Any, **_kwargs: Any) -> None:
            name = type(self).__name__
            raise TypeError(f"{name} is source text; use caffe2torch.module.nn.{name}")

    class _Stand:
        def __init__(self, name: str, fixed: dict[str, Any] | None = None) -> None:
            self.__dict__.update(fixed or {})
            self.__dict__["_name"] = name

        def __getattr__(self, attribute: str) -> Any:
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return getattr(importlib.import_module(self._name), attribute)

    # no_grad decorates functions at import time, where it only has to be kept in the text
    torch = _Stand(
        "torch", {"autograd": _Stand("torch.autograd", {"Function": Template}), "Tensor": Any}
    )
    nn = _Stand("torch.nn", {"Module": Template, "MaxPool2d": Template})
    F = _Stand("torch.nn.functional")

__all__ = ["F", "nn", "torch"]
