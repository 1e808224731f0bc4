"""Refuses labels that a loss would read beyond its classes for, as Caffe does in silence.

Source: Caffe src/caffe/layers/softmax_loss_layer.cpp, Forward_cpu: DCHECKs only
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch.graph.model import Graph, Node


@dataclass(frozen=True)
class Limit:
    """Labels in top `top` of a source must be 0 to classes - 1, or `ignore`."""

    top: int
    classes: int
    ignore: int | None
    reader: str

    def check(self, labels: NDArray[np.float32], describe: Callable[[int], str]) -> None:
        """Raise DataError naming the first item (N, ...) with a label out of range."""
        whole = labels.astype(int)
        bad = (whole < 0) | (whole >= self.classes)
        if self.ignore is not None:
            bad &= whole != self.ignore
        if bad.any():
            index = tuple(int(axis[0]) for axis in bad.nonzero())
            raise DataError(
                f"{describe(index[0])}: label {whole[index]}, and {self.reader} has "
                f"{self.classes} classes: 0 to {self.classes - 1}",
                hint="labels count from 0; set num_output to the number of classes, or correct "
                "the labels",
            )


def limits(graph: Graph, source: Node) -> list[Limit]:
    """Return what the classifiers that read a source's tops directly ask of them."""
    bounds = []
    for top, blob in enumerate(source.tops):
        names, readers = [blob], set[int]()
        for name in names:  # grows by the tops of Splits
            for i in graph.label_readers.get(name, ()):
                if graph.nodes[i].type == "Split":
                    names += graph.nodes[i].tops
                else:
                    readers.add(i)
        bounds += [_limit(top, graph.nodes[i]) for i in sorted(readers)]
    return bounds


def _limit(top: int, node: Node) -> Limit:
    layer, site = node.layer, node.site
    reader = f'layer "{node.name}" ({node.type})'
    return Limit(top, layer.classes(site), layer.ignored_label(site), reader)
