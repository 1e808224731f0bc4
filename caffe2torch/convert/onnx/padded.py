"""Rows of an ONNX output that stand for nothing: a constant number of them is always there."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from caffe2torch.convert.onnx.forms import form, needs_form
from caffe2torch.graph.model import Graph


def unpadded(graph: Graph, outputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Outputs of the graph or of its model, tables of detections without rows of label -1.

    Caffe has one such row an image where nothing is detected; ONNX fills up to keep_top_k.
    """
    known = tables(graph)
    return {blob: _filled(v) if blob in known else v for blob, v in outputs.items()}


def tables(graph: Graph) -> set[str]:
    """The blobs that are tables of detections."""
    return {
        top
        for node in graph.nodes
        if needs_form(node) and getattr(form(node), "PADDED", False)
        for top in node.tops
    }


def _filled(table: Tensor) -> Tensor:
    rows = table.reshape(-1, table.shape[-1])
    return rows[rows[:, 1] != -1]
