"""What a blob says of a picture: classes, boxes, a mask, or only numbers.

Which of them a blob is follows from the layer that makes it and from its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Role

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Choice:
    """How answers are given.

    labels:    names of the classes, class 0 first; none for "class N"
    top:       how many of the best classes
    threshold: the least score of a box that is shown
    """

    labels: Sequence[str] = ()
    top: int = 5
    threshold: float = 0.5

    def name(self, label: int) -> str:
        """What a class is called."""
        return self.labels[label] if 0 <= label < len(self.labels) else f"class {label}"


class Answer(Protocol):
    """Lines for people, and plain values for JSON."""

    def lines(self, choice: Choice) -> list[str]:
        """One line a class, box or number."""

    def plain(self, choice: Choice) -> dict[str, Any]:
        """The same for programs."""


@dataclass(frozen=True)
class Classes:
    """Scores (C,) of classes; `unit` says what a score is."""

    scores: Array
    unit: str

    def best(self, count: int) -> list[int]:
        """The classes with the highest scores, the best first."""
        return [int(k) for k in np.argsort(-self.scores, kind="stable")[:count]]

    def lines(self, choice: Choice) -> list[str]:
        return [f"{choice.name(k)}: {self.scores[k]:.4f}" for k in self.best(choice.top)]

    def plain(self, choice: Choice) -> dict[str, Any]:
        rows = [
            {"class": k, "name": choice.name(k), self.unit: float(self.scores[k])}
            for k in self.best(choice.top)
        ]
        return {"kind": "classes", "classes": rows}


@dataclass(frozen=True)
class Box:
    """One object; the corners in pixels of the picture, which may lie outside it."""

    label: int
    score: float
    corners: tuple[float, float, float, float]


@dataclass(frozen=True)
class Boxes:
    """Objects in a picture, in the order of the net's output."""

    boxes: list[Box]

    def above(self, choice: Choice) -> list[Box]:
        """Those whose score is high enough."""
        return [box for box in self.boxes if box.score >= choice.threshold]

    def lines(self, choice: Choice) -> list[str]:
        rows = [
            f"{choice.name(box.label)}: {box.score:.4f}  "
            + " ".join(f"{value:.0f}" for value in box.corners)
            for box in self.above(choice)
        ]
        return rows or [f"no box of {len(self.boxes)} has a score of {choice.threshold:g}"]

    def plain(self, choice: Choice) -> dict[str, Any]:
        corners = ("xmin", "ymin", "xmax", "ymax")
        rows = [
            {"class": box.label, "name": choice.name(box.label), "score": box.score}
            | dict(zip(corners, box.corners, strict=True))
            for box in self.above(choice)
        ]
        return {"kind": "boxes", "boxes": rows}


@dataclass(frozen=True)
class Mask:
    """The class of each pixel (H, W) of the net's input, uint8."""

    classes: NDArray[np.uint8]

    def shares(self) -> list[tuple[int, float]]:
        """Each class that is there, with its share of the pixels, the largest first."""
        labels, counts = np.unique(self.classes, return_counts=True)
        pairs = zip(labels.tolist(), (counts / self.classes.size).tolist(), strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])

    def lines(self, choice: Choice) -> list[str]:
        return [f"{choice.name(k)}: {share:.1%} of the pixels" for k, share in self.shares()]

    def plain(self, choice: Choice) -> dict[str, Any]:
        rows = [{"class": k, "name": choice.name(k), "share": s} for k, s in self.shares()]
        return {"kind": "mask", "classes": rows}


@dataclass(frozen=True)
class Values:
    """A blob that is none of these: all of a few numbers, or what the numbers are like."""

    values: Array
    few: int = field(default=16)

    def lines(self, choice: Choice) -> list[str]:
        if self.values.size <= self.few:
            return [" ".join(f"{value:.6g}" for value in self.values.ravel())]
        low, high, mean = self.values.min(), self.values.max(), self.values.mean()
        return [f"{self.values.shape}: {low:.4g} to {high:.4g}, mean {mean:.4g}"]

    def plain(self, choice: Choice) -> dict[str, Any]:
        out: dict[str, Any] = {"kind": "values", "shape": list(self.values.shape)}
        if self.values.size <= self.few:
            return out | {"values": [float(value) for value in self.values.ravel()]}
        numbers = self.values.min(), self.values.max(), self.values.mean()
        return out | dict(zip(("low", "high", "mean"), map(float, numbers), strict=True))


def answer(graph: Graph, blob: str, values: Array, applies: str, size: tuple[int, int]) -> Answer:
    """What a blob of one picture says.

    values:  (1, ...), or (1, 1, N, 7) of a DetectionOutput
    applies: type of the layer that is still to be applied to scores: "", "Softmax", "Sigmoid"
    size:    height and width of the picture, for boxes
    """
    maker = _maker(graph, blob)
    if maker.layer.plays(Role.RESULT) and values.ndim == 4 and values.shape[-1] == 7:
        return Boxes(boxes_of(values, size))
    if values.ndim == 4 and _covers(graph, values.shape) and _is_mask(maker, values.shape[1]):
        chosen = values[0, 0] if values.shape[1] == 1 else values[0].argmax(0)
        return Mask(chosen.astype(np.uint8))
    if values.size > 1 and values.size == values.shape[min(1, values.ndim - 1)]:
        return _classes(values.ravel(), applies, maker)
    return Values(values)


def _classes(scores: Array, applies: str, maker: Node) -> Answer:
    if applies == "Softmax":
        powers = np.exp(scores - scores.max())
        scores = (powers / powers.sum()).astype(np.float32)
    elif applies == "Sigmoid":
        scores = (1 / (1 + np.exp(-scores))).astype(np.float32)
    low, high = (0.0, 1.0) if applies else maker.layer.bounds(maker.site)
    return Classes(scores, "probability" if (low, high) == (0.0, 1.0) else "score")


def _maker(graph: Graph, blob: str) -> Node:
    """The last layer that writes a blob and is more than a change of shape."""
    writers = [node for node in graph.nodes if blob in node.tops]
    node = writers[-1]
    while node.layer.plays(Role.RESHAPING) and node.type != "ArgMax" and node.bottoms:
        before = graph.nodes[: graph.nodes.index(node)]
        makers = [other for other in before if node.bottoms[0] in other.tops]
        if not makers:
            break
        node = makers[-1]
    return node


def _covers(graph: Graph, shape: Sequence[int]) -> bool:
    """Whether a map is about as large as the pictures that the net takes."""
    sizes = [s[2:] for node in graph.sources for s in node.top_shapes if len(s) == 4]
    return any(
        h - 32 <= shape[2] <= h + 32 and 2 * shape[2] > h and 2 * shape[3] > w for h, w in sizes
    )


def _is_mask(maker: Node, channels: int) -> bool:
    """Whether a map holds classes, or its channels are their scores.

    Three channels that no softmax has made may be a picture.
    """
    if maker.type == "ArgMax":
        return channels == 1
    if maker.type == "Softmax":
        return channels > 1
    return channels > 1 and channels != 3 and not maker.layer.plays(Role.ACTIVATION)


def boxes_of(rows: Array, size: tuple[int, int]) -> list[Box]:
    """The boxes of a DetectionOutput (1, 1, N, 7): image, label, score and corners in fractions.

    Rows of -1 stand for no detection. Source: SSD's detection_output_layer.cpp, Forward_cpu
    """
    h, w = size
    boxes = []
    for image, label, score, *corners in rows.reshape(-1, 7).tolist():
        if image >= 0 and label >= 0:
            x0, y0, x1, y1 = corners
            boxes.append(Box(int(label), score, (x0 * w, y0 * h, x1 * w, y1 * h)))
    return boxes
