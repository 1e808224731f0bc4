"""The layers of a net at work, one by one, on blobs: what Layer<Dtype> is to Caffe.

A step reshapes its tops, runs forward and runs backward, reading the blobs as they are at that
moment. That makes partial passes from the middle, on values set by hand, the same as Caffe's.

Source: Caffe include/caffe/layer.hpp (SetUp, Forward, Backward)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakMethod

import numpy as np
import torch
from torch import Tensor, nn

from caffe2torch.errors import GraphError, ShapeError
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import DiffMemory, Shape
from caffe2torch.layers.code import Code, Late
from caffe2torch.pycaffe.blob import Blob, BlobVec
from caffe2torch.pycaffe.packed import PackedConvolution
from caffe2torch.pycaffe.python_layer import BuiltIn
from caffe2torch.pycaffe.source import Scope


class Step:
    """Base of the steps: a layer, its blobs and Caffe's flags of what needs a gradient.

    blobs: the layer's parameters; wants: which of them get a gradient
    """

    def __init__(self, node: Node, bottoms: list[Blob], tops: list[Blob]) -> None:
        self.node, self.bottoms, self.tops = node, bottoms, tops
        self.type = node.type
        self.blobs = BlobVec()
        self.wants: list[bool] = list(node.param_need_backward)
        self.shapes: list[Shape] = [blob.shape for blob in bottoms]
        self.lossy = any(node.loss_weights)

    @property
    def shown(self) -> Any:
        """What the program sees of it in net.layers."""
        return BuiltIn(self.type, self.blobs)

    def refresh(self, index: int) -> None:
        """Learn that a parameter's memory is another now."""

    def reshape(self) -> None:
        """Give the tops the shapes that follow from those of the bottoms."""

    def forward(self) -> None:
        """Compute the tops."""

    def backward(self) -> None:
        """Compute the gradients of bottoms and parameters from those of the tops."""

    def moved(self) -> bool:
        """Whether a bottom has another shape than at the last look."""
        shapes = [blob._shape for blob in self.bottoms]
        if shapes == self.shapes:
            return False
        self.shapes = shapes
        return True

    def loss(self) -> float:
        """The weighted sum of its losses: the gradient of a loss is its weight (Layer::Forward)."""
        total = 0.0
        for weight, top in zip(self.node.loss_weights, self.tops, strict=True):
            if weight:
                total += float(np.dot(top.data.reshape(-1), top.diff.reshape(-1)))
        return total


class TorchStep(Step):
    """A layer that runs the PyTorch source which its type declares.

    frozen: nothing in the net runs backward: what Caffe computes in place is computed in place,
            which autograd would forbid, and convolutions run on packed filters
    rereads: its backward differentiates it at what its bottoms hold then
    taker:   its module takes what blobs hold then by itself (see `Layer.takes_late`)
    """

    def __init__(
        self,
        node: Node,
        bottoms: list[Blob],
        tops: list[Blob],
        scope: Scope,
        late: Late | None,
        frozen: bool,
        rereads: bool,
        taker: bool = False,
    ) -> None:
        super().__init__(node, bottoms, tops)
        self.scope, self.code, self.frozen = scope, node.layer.code(node.site).run, frozen
        self.rereads = rereads
        self.rule: Callable[..., Any] | None = scope.rule(late, node) if late else None
        self.record: tuple[list[Tensor], tuple[Tensor, ...]] | None = None
        self.in_place = [top in bottoms[i : i + 1] for i, top in enumerate(tops)]
        self.learns = any(self.wants)
        unasked = node.layer.unasked(node.site)
        self.needs = [n or i in unasked for i, n in enumerate(node.bottom_need_backward)]
        self.lent = Blob(tops[0].shape) if _lends(node) else None
        self.later = _lists(node) if taker else []
        self.residue, self.leftover = scope.residue(node), scope.leftover(node)
        self.replaced = node.layer.replaced(node.site)
        self.call = scope.call(self.code, node)
        self._make_module()
        self.lend()

    def _make_module(self) -> None:
        code = self.code
        if self.frozen and any(self.in_place) and code.inplace:
            code = replace(code, init=code.inplace)
        self.module = self.scope.module(code, self.node)
        self.owned = Owned(self.node, self.module)
        self.packed: PackedConvolution | None = None
        self.run: Callable[..., Any] = partial(self.call, self.module)
        if self.module is not None and code.call in ("{self}({bottoms})", "{self}({0})"):
            self.run = self.module.forward
            if self.later:
                self.run = partial(self.module.forward, later=self.later)
            if self.frozen and PackedConvolution.fits(self.module):
                self.packed = PackedConvolution(self.module, self.blobs)
                self.run = self.packed.plain

    def lend(self) -> None:
        """Give the first top the gradient's memory of the layer's own, where it has one.

        A Flatten behind it gives the top other memory in backward, and this one stays as it is.
        """
        if self.lent is not None:
            self.lent.resize(self.tops[0].shape)
            self.tops[0].share_diff(self.lent)

    def attach(self, blobs: Sequence[Blob]) -> None:
        """Use these blobs as parameters."""
        self.blobs[:] = blobs
        self.blobs.assigned = WeakMethod(self.refresh)
        for i in range(len(blobs)):
            self.refresh(i)

    def refresh(self, index: int) -> None:
        """Let the module see the present memory of a parameter."""
        self.owned.set(index, self.blobs[index], self.wants[index] and self.node.need_backward)

    def reshape(self) -> None:
        if not self.moved():
            return
        site = replace(self.node.site, bottoms=list(self.shapes))
        shapes = self.node.layer.shapes(site)
        self._check_blobs(self.node.layer.blobs(site))
        for top, shape in zip(self.tops, shapes, strict=True):
            top.resize(tuple(shape))
        code = self.node.layer.code(site).run
        if code != self.code:
            self._rebuild(code)
        self.record = None

    def _check_blobs(self, blobs: dict[str, Any]) -> None:
        for blob, (key, wanted) in zip(self.blobs, blobs.items(), strict=True):
            if blob.shape != wanted.shape:
                raise ShapeError(
                    f'layer "{self.node.name}" ({self.type}): with a bottom of shape '
                    f"{self.shapes[0]} its {key} would have the shape {wanted.shape}, and it has "
                    f"{blob.shape}",
                    hint="keep the sizes on which the parameters depend",
                )

    def _rebuild(self, code: Code) -> None:
        self.call = self.scope.call(code, self.node)
        changed = code.init != self.code.init
        self.code = code
        if changed:
            self._make_module()
            for i in range(len(self.blobs)):
                self.refresh(i)

    def forward(self) -> None:
        self.lend()
        self._note_later()
        if self.node.need_backward:
            self._put(self._recorded(), [blob.tensor() for blob in self.bottoms])
        else:
            self.compute(self.run)
        if self.residue is not None:
            left = self.residue(*[blob.tensor().detach() for blob in self.bottoms])
            self.bottoms[0].put_diff(left.float().contiguous())

    def _note_later(self) -> None:
        """Give the module what its blobs hold now, in place of what it has read or written."""
        for values, blob in zip(self.later, (*self.bottoms, *self.tops), strict=False):
            if values is not None:
                values[:] = [blob.tensor().detach().clone()]

    def compute(self, run: Callable[..., Any]) -> None:
        """Let a function of the bottoms give the tops, in the memory of those of the last pass."""
        bottoms = [blob.tensor() for blob in self.bottoms]
        for top, overwrites in zip(self.tops, self.in_place, strict=True):
            if not overwrites:
                top.release()
        tops = run(*bottoms)
        self._put((tops,) if isinstance(tops, Tensor) else tuple(tops or ()), bottoms)

    def _recorded(self) -> tuple[Tensor, ...]:
        """Run with autograd watching, from the present bottoms."""
        leaves = []
        for blob, need in zip(self.bottoms, self.needs, strict=True):
            leaf = blob.tensor().detach()
            leaves.append(leaf.requires_grad_() if need else leaf)
        with torch.enable_grad():
            tops = self.run(*leaves)
        tops = (tops,) if isinstance(tops, Tensor) else tuple(tops or ())
        self.record = leaves, tops
        return tops

    def _put(self, tops: tuple[Tensor, ...], bottoms: list[Tensor]) -> None:
        for i, (blob, value) in enumerate(zip(self.tops, tops, strict=True)):
            if not (self.in_place[i] and value is bottoms[i]):
                blob.put(_owned(value, bottoms))

    def backward(self) -> None:
        self._refuse()
        old = self.record is None or [tuple(x.shape) for x in self.record[0]] != self.shapes
        if old or self.rereads:
            self._recorded()
        self._note_later()
        assert self.record is not None
        leaves, tops = self.record
        if self.rule is not None:
            self._backward_late(leaves)
            return
        bottoms = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
        params = self.owned.learning() if self.learns else []
        wanted = [leaves[i] for i in bottoms] + [p for _, p in params]
        # a top that is its bottom, as Dropout's in TEST, requires a gradient and has no function
        diffs = [self.lent or self.tops[0], *self.tops[1:]] if tops else []
        pairs = zip(tops, diffs, strict=True)
        self._leave()
        live = [(top, blob.diff_tensor()) for top, blob in pairs if top.requires_grad]
        if not wanted or not live:
            return
        grads = torch.autograd.grad(
            [t for t, _ in live],
            wanted,
            [g.view(t.shape) for t, g in live],
            retain_graph=True,
            allow_unused=True,
        )
        self._put_gradients(bottoms, grads[: len(bottoms)])
        for (i, _), grad in zip(params, grads[len(bottoms) :], strict=True):
            if grad is not None:
                self._put_param_gradient(i, grad)

    def _put_param_gradient(self, i: int, gradient: Tensor) -> None:
        diff, value = self.blobs[i].diff, gradient.numpy().reshape(self.blobs[i].shape)
        if self.node.params[i].key in self.replaced:
            diff[...] = value
        else:
            diff[...] += value

    def _leave(self) -> None:
        """Put into the gradient of a bottom that wants none what the layer computes there."""
        if self.leftover is not None and not self.needs[0]:
            bottoms = [blob.tensor() for blob in self.bottoms]
            left = self.leftover(self.tops[0].diff_tensor(), bottoms)
            self.bottoms[0].put_diff(left.float().contiguous())

    def _backward_late(self, leaves: list[Tensor]) -> None:
        """Where a later layer has overwritten a blob that Caffe's backward reads."""
        assert self.rule is not None
        gradient = self.tops[0].diff_tensor()
        now = [blob.tensor() for blob in self.bottoms]
        before = [leaf.detach() for leaf in leaves]
        grads = self.rule(gradient, now, self.tops[0].tensor(), before, self.needs)
        grads = (grads,) if isinstance(grads, Tensor) else grads
        wanted = [i for i, need in enumerate(self.needs) if need]
        self._put_gradients(wanted, [grads[i] for i in wanted])

    def _put_gradients(self, bottoms: list[int], grads: Sequence[Tensor | None]) -> None:
        for i, grad in zip(bottoms, grads, strict=True):
            blob = self.bottoms[i]
            value = torch.zeros(blob.shape) if grad is None else grad.detach().float()
            fresh = grad is None or not grad._is_view()
            # the gradient that came in may come out again, and belongs to another blob
            if not fresh or any(
                value.data_ptr() == top.diff_tensor().data_ptr() for top in self.tops
            ):
                value = value.clone(memory_format=torch.contiguous_format)
            blob.put_diff(value.contiguous())

    def _refuse(self) -> None:
        """Raise GraphError for what Caffe stops at."""
        layer, needs = self.node.layer, self.node.bottom_need_backward
        reason = layer.backward or next(
            (why for i, why in layer.no_gradient.items() if any(needs[i : i + 1])), ""
        )
        if reason:
            raise GraphError(f'layer "{self.node.name}" ({self.type}) {reason}')


def _lists(node: Node) -> list[list[Tensor] | None]:
    """An empty list for each bottom and top whose value at backward the layer's module takes."""
    bottoms, tops = node.layer.takes_late(node.site)
    return [
        *([] if j in bottoms else None for j in range(len(node.bottoms))),
        *([] if j in tops else None for j in range(len(node.tops))),
    ]


def _lends(node: Node) -> bool:
    """Whether the first top's gradient lies inside the layer, as that of a recurrent one does."""
    inside = node.layer.diff_memory(node.site) == DiffMemory.LENT
    return inside and not node.layer.shares_bottom(node.site)


def _owned(value: Tensor, bottoms: list[Tensor]) -> Tensor:
    """Return a float32 tensor, in NCHW or NHWC, whose memory no other blob has."""
    plain = value
    if value.requires_grad or value.dtype != torch.float32:
        plain = value.detach().float()
    if value._is_view() or any(value is bottom for bottom in bottoms):
        return plain.clone(memory_format=torch.contiguous_format)
    if plain.dim() == 4 and plain.is_contiguous(memory_format=torch.channels_last):
        return plain
    return plain.contiguous()


class Owned:
    """The parameters and buffers of a module, by their place among the layer's blobs."""

    def __init__(self, node: Node, module: Any) -> None:
        self.node, self.module = node, module

    def set(self, index: int, blob: Blob, learns: bool) -> None:
        """Put a tensor that shares the blob's memory where the module looks for it."""
        *path, last = self.node.params[index].key.split(".")
        holder = self.module
        for part in path:
            holder = getattr(holder, part)
        shape = tuple(getattr(holder, last).shape)
        value = torch.from_numpy(blob.data_memory.array).view(shape)
        if last in holder._parameters:
            holder._parameters[last] = nn.Parameter(value, requires_grad=learns)
        else:
            holder._buffers[last] = value

    def learning(self) -> list[tuple[int, Tensor]]:
        """Return place and tensor of the parameters that want a gradient."""
        pairs = []
        for i, param in enumerate(self.node.params):
            holder = self.module
            for part in param.key.split("."):
                holder = getattr(holder, part)
            if holder.requires_grad:
                pairs.append((i, holder))
        return pairs


class PythonStep(Step):
    """A layer of the user's own, which works on the net's very blobs."""

    def __init__(self, node: Node, bottoms: list[Blob], tops: list[Blob], layer: Any) -> None:
        super().__init__(node, bottoms, tops)
        self.layer = layer
        self.blobs = layer.blobs
        self.wants = [True] * len(self.blobs)

    @property
    def shown(self) -> Any:
        """The user's own object."""
        return self.layer

    def reshape(self) -> None:
        self.layer.reshape(self.bottoms, self.tops)

    def forward(self) -> None:
        self.layer.forward(self.bottoms, self.tops)

    def backward(self) -> None:
        self.layer.backward(self.tops, self.node.bottom_need_backward, self.bottoms)


def overwritten(graph: Graph) -> tuple[dict[int, Late], set[int], set[int]]:
    """The layers whose backward reads blobs that were overwritten, by their positions.

    Those with a rule for it, those that are to be differentiated at what stands there then, and
    those whose modules take it.
    """
    from caffe2torch.module.emission import Emission

    emission = Emission(graph, list(graph.outputs))
    return emission.lates, emission.rereads, emission.takers
