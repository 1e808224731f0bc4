"""A trained net that takes pictures one by one, prepared as its own data layer prepares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from caffe2torch import inputs
from caffe2torch.config.preprocessing import Given, Preprocessing, preprocessing, takes_images
from caffe2torch.convert.choosing import TORCH
from caffe2torch.convert.loading import holds_weights, load
from caffe2torch.convert.optimized import Optimized
from caffe2torch.data.images import read_image
from caffe2torch.errors import C2TError, GraphError, WeightsError
from caffe2torch.layers.base import Role, Shape
from caffe2torch.module.blobs import graph_of
from caffe2torch.module.build import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from caffe2torch.graph.model import Graph, Node

SIZES = "im_info"
"""Faster R-CNN's second input: height, width and scale of the picture."""


@dataclass
class Subject:
    """A net in TEST, its weights, and how pictures become its input.

    blob:   the input that takes pictures, (N, C, H, W)
    engine: computes the blobs of `module` in its place
    batch:  1, or what the file says, once the net has refused 1
    """

    module: nn.Module
    blob: str
    prepared: Preprocessing
    engine: Optimized | None = None
    batch: int = field(default=1)

    @property
    def graph(self) -> Graph:
        return graph_of(self.module)

    @property
    def notes(self) -> list[str]:
        """What the user should know before the results."""
        return [*self.graph.net.notes, *self.graph.notes, *self.prepared.doubts]

    def read(self, path: str) -> NDArray[np.uint8]:
        """A picture (C, h, w) uint8 in the channels of the net. Raises: DataError."""
        return read_image(inputs.place(path), 0, 0, color=not self.prepared.gray)

    def blobs(self, pixels: NDArray[Any], names: Sequence[str]) -> dict[str, Tensor]:
        """The named blobs for one picture (C, h, w), each (1, ...) where the net has batches."""
        value = torch.from_numpy(self.prepared.apply(pixels))[None]
        if self.batch == 1:
            try:
                return self._run(value, names)
            except (RuntimeError, IndexError, ValueError, C2TError):
                self.batch = self.graph.shapes[self.blob][0]  # a Reshape fixes the batch
                if self.batch == 1:
                    raise
        results = self._run(value.expand(self.batch, -1, -1, -1).contiguous(), names)
        return {name: self._first(name, value) for name, value in results.items()}

    def _first(self, name: str, value: Tensor) -> Tensor:
        counted = value.dim() > 0 and self.graph.shapes[name][:1] == (self.batch,)
        return value[:1] if counted else value

    @torch.no_grad()
    def _run(self, value: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        given = {self.blob: value}
        for node in self.graph.sources:
            for top, shape in zip(node.tops, node.top_shapes, strict=True):
                if top != self.blob:
                    given[top] = self._other(top, shape, len(value))
        if self.engine is not None:
            return self.engine.blobs(given, names)
        return run(self.module, given, names)

    def _other(self, top: str, shape: Shape, batch: int) -> Tensor:
        """Labels, which no score hangs on, and the size of the picture."""
        if top == SIZES:
            _, h, w = self.prepared.shape
            return torch.tensor([[h, w, 1.0, 1.0, 1.0, 1.0]])[:, : shape[-1]]
        same = bool(shape) and shape[0] == self.graph.shapes[self.blob][0]
        return torch.zeros((batch, *shape[1:]) if same else shape)

    @cached_property
    def scores(self) -> dict[str, str]:
        """Blobs to show, and the type of the layer that is still to be applied: "" or "Softmax".

        Those are the outputs; where these are losses and metrics, what they are computed from.
        """
        makers = {top: node for node in self.graph.nodes for top in node.tops}
        shown = {
            blob: "" for blob in self.graph.outputs if blob in makers and not _judges(makers[blob])
        }
        shown = {blob: "" for blob in shown if not makers[blob].layer.source}
        if shown:
            return shown
        for node in self.graph.nodes:
            if _judges(node) and node.bottoms:
                name = _before_split(node.bottoms[0], makers)
                shown[name] = shown.get(name) or node.layer.applies
        return shown


def _judges(node: Node) -> bool:
    return node.layer.loss or node.layer.plays(Role.METRIC)


def _before_split(blob: str, makers: Mapping[str, Node]) -> str:
    """The blob that an inserted Split has copied."""
    maker = makers.get(blob)
    return maker.bottoms[0] if maker is not None and maker.index is None else blob


def subject(
    net: Path,
    weights: Path | None,
    given: Given,
    input_shape: Mapping[str, Shape] | None = None,
    engine: str = TORCH,
    say: Callable[[str], object] | None = None,
) -> Subject:
    """Load a net in TEST and find out how it takes pictures.

    engine: one of `convert.choosing.ENGINES`; `say` takes a line about it for the user
    Raises: C2TError for a net or weights that cannot be read or do not fit; GraphError for a net
        that takes no picture; WeightsError without weights.
    """
    if weights is None and not holds_weights(net):
        raise WeightsError(f"{net} has no weights", hint="name them: --weights FILE.caffemodel")
    module = load(net, weights, "TEST", input_shapes=input_shape, seed=0)
    graph = graph_of(module)
    shapes = {top: s for node in graph.sources for top, s in _tops(node)}
    blob = next((top for top, shape in shapes.items() if takes_images(shape)), None)
    if blob is None:
        listed = ", ".join(f"{top} {shape}" for top, shape in shapes.items()) or "nothing"
        raise GraphError(
            f"{net} takes no picture of 1 or 3 channels: its input is {listed}",
            hint=f"a size that is still open is set by --input-shape {next(iter(shapes), 'data')}"
            "=1,3,H,W",
        )
    for node in graph.sources:
        for top in node.tops:
            if node.type == "Input" and top not in (blob, SIZES):
                raise GraphError(
                    f'{net} takes "{top}" beside the picture "{blob}"',
                    hint="run it from Python: caffe2torch.load(NET, WEIGHTS)",
                )
    optimized = None if engine == TORCH else Optimized(module, engine, say=say)
    return Subject(module, blob, preprocessing(shapes[blob], graph.net, given), optimized)


def _tops(node: Node) -> list[tuple[str, Shape]]:
    return list(zip(node.tops, node.top_shapes, strict=True))
