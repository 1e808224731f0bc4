"""Maps resized by a product with weights of rows, and of columns."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Array, Writer


def stretched(w: Writer, value: str, rows: Array, columns: Array) -> str:
    """(N, C, H, W) as (N, C, H', W'); rows are (H', H) and columns (W', W)."""
    across = w.op("MatMul", value, w.constant(columns.T))
    return str(w.op("MatMul", w.constant(rows), across))
