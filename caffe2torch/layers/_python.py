"""Somebody's Python layer: permission to run it, and what Caffe shows it. No torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

ENVIRONMENT = "C2T_ALLOW_PYTHON_LAYERS"
_allowed: ContextVar[bool] = ContextVar("allow_python_layers", default=False)


@contextmanager
def allow_python_layers(allow: bool = True) -> Iterator[None]:
    """Let nets that are built inside the `with` run their Python layers.

    The flag --allow-python-layers sets the environment variable C2T_ALLOW_PYTHON_LAYERS=1
    instead, which worker processes inherit.
    """
    token = _allowed.set(allow)
    try:
        yield
    finally:
        _allowed.reset(token)


def permitted() -> bool:
    """Whether Python layers may run here."""
    return _allowed.get() or os.environ.get(ENVIRONMENT) == "1"


class Host(Protocol):
    """What runs the Python layers of a net itself, as pycaffe does."""

    def finds(self, module: str) -> bool:
        """Whether the module of a Python layer can be imported."""

    def shapes(self, x: Any) -> list[tuple[int, ...]]:
        """Set the layer of a Site up; return the shapes of its tops."""

    def declared(self) -> dict[str, Any]:
        """Return the parameter blobs of the layer that was set up last, by key."""


_host: ContextVar[Host | None] = ContextVar("python_layer_host", default=None)


@contextmanager
def hosted(host: Host) -> Iterator[None]:
    """Let `host` set up the Python layers of nets that are wired inside the `with`."""
    token = _host.set(host)
    try:
        yield
    finally:
        _host.reset(token)


def hosting() -> Host | None:
    """Return what runs the Python layers here, None if each runs by itself."""
    return _host.get()


class CaffeBlob:
    """An array and its gradient, as Caffe shows a blob to Python: float32, changed in place."""

    def __init__(self, *shape: int) -> None:
        self.data: Any = None
        self.diff: Any = None
        self.reshape(*shape)

    def reshape(self, *shape: int) -> None:
        """Take another shape; the values are kept if it is the same."""
        import numpy as np

        if self.data is None or self.data.shape != shape:
            self.data, self.diff = np.zeros(shape, np.float32), np.zeros(shape, np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its dimensions."""
        return tuple(self.data.shape)

    @property
    def count(self) -> int:
        """How many values it holds."""
        return int(self.data.size)

    @property
    def num(self) -> int:
        """Its first dimension, 1 if it has none."""
        return (*self.shape, 1)[0]

    @property
    def channels(self) -> int:
        """Its second dimension, 1 if it has none."""
        return (*self.shape, 1, 1)[1]

    @property
    def height(self) -> int:
        """Its third dimension, 1 if it has none."""
        return (*self.shape, 1, 1, 1)[2]

    @property
    def width(self) -> int:
        """Its fourth dimension, 1 if it has none."""
        return (*self.shape, 1, 1, 1, 1)[3]


def python_layer(module: str, layer: str, param_str: str, phase: int) -> Any:
    """Make somebody's layer; `import caffe` in its module finds a Layer to derive from."""
    import sys
    from importlib import import_module
    from importlib.util import find_spec
    from types import ModuleType

    if "caffe" not in sys.modules and find_spec("caffe") is None:
        stand_in: Any = ModuleType("caffe")
        stand_in.Layer, stand_in.TRAIN, stand_in.TEST = type("Layer", (), {}), 0, 1
        sys.modules["caffe"] = stand_in
    kind = getattr(import_module(module), layer)
    instance = kind.__new__(kind)  # Caffe's own base has no __init__ to call from Python
    instance.param_str, instance.phase = param_str, phase
    return instance
