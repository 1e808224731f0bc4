"""MatrixProd: the product of two matrices for each item (Ask, Attend and Answer)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class MatrixProd(Layer):
    """a · b for each item.

    Shape:    a (N, K, M), b (N, M, D) -> (N, K, D); a (1, N, M), a row for each b -> (1, N, D)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the bottoms do not fit
    Source:   Ask_Attend_and_Answer caffe/src/caffe/layers/matrix_prod_layer.cpp
    """

    type = "MatrixProd"
    origin = "Ask_Attend_and_Answer"
    bottoms = 2
    examples = (
        Example("", bottoms=[(2, 3, 4), (2, 4, 5)]),
        Example("", bottoms=[(1, 2, 4), (2, 4, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        a, b = x.shape(0, 3), x.shape(1, 3)
        items = a[1] if a[0] == 1 else a[0]
        if a[2] != b[1] or items != b[0]:
            raise ShapeError(f"{a} and {b} are no matrices to multiply", field="bottom")
        return [(*a[:2], b[2], *a[3:])]

    def code(self, x: Site) -> Code:
        return op(multiply_matrices)


def multiply_matrices(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product of a (N, K, M) and b (N, M, D), or of the rows of a (1, N, M) and b."""
    left = a.reshape(len(b), -1, b.shape[1])
    return (left @ b.flatten(2)).reshape(*a.shape[:2], b.shape[2], *a.shape[3:])
