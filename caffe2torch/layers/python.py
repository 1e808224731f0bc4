"""Python: somebody's layer, written in Python for pycaffe."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import GraphError, ShapeError, UnsupportedError
from caffe2torch.layers._python import CaffeBlob, hosting, permitted, python_layer
from caffe2torch.layers.base import Blob, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class Python(Layer):
    """What the class `layer` of the Python module `module` computes.

    Shape:    any bottoms -> what its reshape says
    Params:   module, found on sys.path; layer, its class; param_str [""]; share_in_parallel
              [false], which has no effect here
    Weights:  none; a layer that adds blobs of its own is refused
    Differs:  its setup runs once to learn the shapes and once more before the first forward
    Raises:   UnsupportedError unless Python layers are allowed: it runs somebody's code;
              GraphError if that code raises an exception
    Source:   Caffe include/caffe/layers/python_layer.hpp; python/caffe/_caffe.cpp
    """

    type = "Python"
    bottoms, tops = (0, None), (0, None)
    side_effects = True
    param_field = "python_param"

    def shapes(self, x: Site) -> list[Shape]:
        python = x.param.python_param
        for field in ("module", "layer"):
            if not getattr(python, field):
                raise ShapeError(f"{field} is missing", field=f"python_param.{field}")
        host = hosting()
        if host:
            return host.shapes(x)
        if not permitted():
            raise UnsupportedError(
                f"Python layers run somebody's code, and are not allowed: this one would import "
                f'module "{python.module}" and run its class {python.layer}',
                hint="if you trust it, add --allow-python-layers (or set "
                "C2T_ALLOW_PYTHON_LAYERS=1; in Python: with caffe2torch.allow_python_layers())",
            )
        try:
            return _reshaped(x)
        except Exception as error:
            raise GraphError(
                f'"{python.module}", class {python.layer}: {type(error).__name__}: {error}',
                hint="put the folder of the module on PYTHONPATH, or correct its setup",
            ) from error

    def blobs(self, x: Site) -> dict[str, Blob]:
        host = hosting()
        return host.declared() if host else {}

    def code(self, x: Site) -> Code:
        python = x.param.python_param
        shared = [i for i, top in enumerate(x.top_names) if top in x.bottom_names[i : i + 1]]
        given = f"{python.module!r}, {python.layer!r}, {python.param_str!r}"
        init = f"CaffePython({given}, phase={int(not x.train)}, tops={x.n_tops}, in_place={shared})"
        return Code(init)


def _reshaped(x: Site) -> list[Shape]:
    """Shapes of the tops after the layer's own setup and reshape."""
    python = x.param.python_param
    layer = python_layer(python.module, python.layer, python.param_str, int(not x.train))
    bottoms = [CaffeBlob(*shape) for shape in x.bottoms]
    pairs = zip([*x.bottom_names, *[""] * x.n_tops], x.top_names, strict=False)
    tops = [bottoms[i] if b == t else CaffeBlob() for i, (b, t) in enumerate(pairs)]
    layer.setup(bottoms, tops)
    layer.reshape(bottoms, tops)
    return [top.shape for top in tops]


class CaffePythonFunction(torch.autograd.Function):
    """The forward and backward of a CaffePython module."""

    @staticmethod
    def forward(ctx: Any, module: Any, *bottoms: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give the tops."""
        ctx.module = module
        return tuple(module.compute(bottoms))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[Any, ...]:
        """Give the diff of each bottom."""
        return (None, *ctx.module.propagate(gradients, list(ctx.needs_input_grad[1:])))


class CaffePython(nn.Module):
    """A layer of pycaffe: a class with setup, reshape, forward and backward on numpy arrays."""

    anchor: torch.Tensor

    def __init__(
        self, module: str, layer: str, param_str: str, phase: int, tops: int, in_place: list[int]
    ) -> None:
        super().__init__()
        self.layer = python_layer(module, layer, param_str, phase)
        self.n_tops, self.in_place = tops, in_place
        self.bottoms: list[CaffeBlob] = []
        self.tops: Any = None
        self.register_buffer("anchor", torch.empty(0, device="cpu"), persistent=False)

    def forward(self, *bottoms: torch.Tensor) -> Any:
        """Give the tops: none, one tensor or a tuple."""
        tops = CaffePythonFunction.apply(self, *bottoms) if self.n_tops else self.compute(bottoms)
        return tops[0] if self.n_tops == 1 else tops

    def compute(self, bottoms: Any) -> list[torch.Tensor]:
        """Run setup (once), reshape and forward of the layer."""
        new = self.tops is None
        if new:
            self.bottoms = [CaffeBlob() for _ in bottoms]
            places = range(self.n_tops)
            self.tops = [self.bottoms[i] if i in self.in_place else CaffeBlob() for i in places]
        for blob, bottom in zip(self.bottoms, bottoms, strict=True):
            blob.reshape(*bottom.shape)
            blob.data[...] = bottom.detach().cpu().float().numpy()
        if new:
            self.layer.setup(self.bottoms, self.tops)
        self.layer.reshape(self.bottoms, self.tops)
        self.layer.forward(self.bottoms, self.tops)
        return [torch.from_numpy(top.data.copy()).to(self.anchor) for top in self.tops]

    def propagate(self, gradients: Any, wanted: list[bool]) -> list[Any]:
        """Run backward of the layer."""
        for blob, gradient in zip(self.tops, gradients, strict=True):
            blob.diff[...] = gradient.cpu().float().numpy()
        self.layer.backward(self.tops, wanted, self.bottoms)
        diffs = [torch.from_numpy(blob.diff.copy()).to(self.anchor) for blob in self.bottoms]
        return [diff if want else None for diff, want in zip(diffs, wanted, strict=True)]
