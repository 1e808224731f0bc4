"""Engines that run ONNX models, one a file.

TITLE is what tables call it, PACKAGE what pip installs, `version()` that which is installed, and
`load(model)` gives a function that runs the bytes of a model: arrays by input -> arrays in the
order of the model's outputs. `load` and that function may raise whatever the engine raises. CRASHES
marks engines that end the process at what they cannot do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from caffe2torch.registry import Registry

Array = NDArray[Any]
Run = Callable[[Mapping[str, Array]], list[Array]]

registry = Registry("caffe2torch.convert.runtimes", "engine")


def installed(engine: ModuleType) -> bool:
    """Whether the engine's package can be imported here."""
    return find_spec(engine.MODULE) is not None
