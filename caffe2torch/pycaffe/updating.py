"""How a solver changes weights: Caffe's update methods on the memory of a net's parameters.

Source: Caffe src/caffe/solvers/sgd_solver.cpp (ApplyUpdate, GetLearningRate)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from caffe2torch.config import policies
from caffe2torch.train import methods

if TYPE_CHECKING:
    from caffe2torch.pycaffe.blob import Blob


class Updater:
    """The rate policy and the update method of a solver, for its learnable parameters.

    After an update the diffs hold what was subtracted from the weights, as in Caffe.
    """

    def __init__(self, solver: Any, learnable: list[tuple[Blob, float, float]]) -> None:
        self.solver = solver
        self.policy = policies.from_solver(solver)
        self.blobs: list[Blob] = [blob for blob, _, _ in learnable]
        # Tensors beside those of the layers' modules, so that autograd does not see the changes.
        self.tensors: list[Tensor] = [blob.tensor().detach() for blob in self.blobs]
        entries = [
            (t, lr, decay) for t, (_, lr, decay) in zip(self.tensors, learnable, strict=True)
        ]
        self.method = methods.from_solver(solver, entries)

    def rate(self, iteration: int) -> float:
        """Return the rate of the update that follows `iteration` finished ones."""
        self.policy.base_lr = self.solver.message.base_lr
        return self.policy.rate(iteration)

    def update(self, iteration: int) -> None:
        """Turn the gradients into changes, and apply them."""
        self._follow_memory()
        for tensor, blob in zip(self.tensors, self.blobs, strict=True):
            tensor.grad = blob.diff_tensor().view(tensor.shape)
        for group in self.method.param_groups:
            group["lr"] = self.rate(iteration)
            group["iteration"] = iteration
        updates: dict[Tensor, Tensor] = {}
        self.method.updates = updates
        self.method.step()
        for tensor, blob in zip(self.tensors, self.blobs, strict=True):
            tensor.grad = None
            blob.data_memory.looks += 1
            if tensor in updates:
                blob.diff_memory.array[:] = updates[tensor].numpy().reshape(-1)

    def _follow_memory(self) -> None:
        """Point at the parameters' present memory: share_with may have changed it."""
        for tensor, blob in zip(self.tensors, self.blobs, strict=True):
            if tensor.data_ptr() != blob.data_memory.array.ctypes.data:
                tensor.data = blob.tensor().detach()

    def history(self) -> list[Any]:
        """Return the method's state in the order of a solverstate."""
        return [tensor.numpy() for tensor in self.method.history(self.tensors)]

    def restore(self, history: list[Any], iteration: int) -> None:
        """Go on from a solverstate."""
        values = [torch.from_numpy(array.copy()) for array in history]
        self.method.restore(self.tensors, values, iteration)
