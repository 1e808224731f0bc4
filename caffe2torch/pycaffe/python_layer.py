"""caffe.Layer: the base of layers that users write in Python.

Source: Caffe include/caffe/layers/python_layer.hpp; src/caffe/layer_factory.cpp (GetPythonLayer)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from caffe2torch.pycaffe.arguments import Compiled
from caffe2torch.pycaffe.blob import Blob, BlobVec

if TYPE_CHECKING:
    from caffe2torch import caffe_pb2 as pb


class LayerParameter(Compiled):
    """What a layer is made from: only a net has one, and its contents stay hidden, as in Caffe."""

    def __init__(self) -> None:
        raise RuntimeError("This class cannot be instantiated from Python")


class Layer(Compiled):
    """Derive from it and write `setup`, `reshape`, `forward` and `backward`.

    param_str: the text that the net file gives it (param_str_ is its name of old)
    phase:     caffe.TRAIN or caffe.TEST; as text its name, as in py-faster-rcnn's Caffe
    blobs:     its parameters; `self.blobs.add_blob(2, 3)` in setup makes one
    Raises: TypeError unless a net makes it
    """

    _type = "Python"
    param_str = ""
    param_str_ = ""
    phase = 0
    blobs: BlobVec

    def __init__(self, param: LayerParameter) -> None:
        if not isinstance(param, LayerParameter):
            raise TypeError(
                f"a {self.__class__.__name__} is made by a net with a layer of type Python, "
                f"not from {param!r}"
            )
        self.blobs = BlobVec()

    @property
    def type(self) -> str:
        """The type that the net file tells."""
        return self._type

    def setup(self, bottom: list[Blob], top: list[Blob]) -> None:
        """Read param_str and check the bottoms; called once."""

    def reshape(self, bottom: list[Blob], top: list[Blob]) -> None:
        """Give the tops their shapes; called before every forward."""

    def forward(self, bottom: list[Blob], top: list[Blob]) -> None:
        """Write top[i].data."""
        raise AttributeError(f"{self.__class__.__name__} has no forward")

    def backward(self, top: list[Blob], propagate_down: list[bool], bottom: list[Blob]) -> None:
        """Write bottom[i].diff where propagate_down[i] says so."""
        raise AttributeError(f"{self.__class__.__name__} has no backward")


class BuiltIn(Layer):
    """A layer of Caffe's own as a program sees it: its type and its parameters."""

    def __init__(self, type_: str, blobs: BlobVec) -> None:
        self._type, self.blobs = type_, blobs

    def __repr__(self) -> str:
        return f"<Layer {self.type}, {len(self.blobs)} blobs>"


class Phase(int):
    """A phase as a layer sees it: a number that Faster R-CNN's layers look up by its name."""

    def __str__(self) -> str:
        return ("TRAIN", "TEST")[self]


def make_layer(param: pb.LayerParameter, train: bool) -> Any:
    """Import the module that a Python layer names and make its layer; setup is not yet run.

    Raises: whatever the module raises; AttributeError if it lacks the class.
    """
    python = param.python_param
    kind = getattr(import_module(python.module), python.layer)
    if issubclass(kind, Layer):
        layer = kind(LayerParameter.__new__(LayerParameter))
    else:  # made for another base, which takes nothing
        layer = kind.__new__(kind)
    if not isinstance(getattr(layer, "blobs", None), list):
        layer.blobs = BlobVec()  # an __init__ of its own that did not call ours
    layer.param_str = layer.param_str_ = python.param_str
    layer.phase = Phase(not train)
    return layer
