"""How far two results of one net are apart; random inputs and weights to compare it on.

Their size lets signals through, and labels, indices and objects are such as the layers take.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Role


def difference(results: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> float:
    """The largest difference of any output, relative to the largest value of it if above 1.

    Infinite where shapes differ, a blob is missing, or one side alone is no number.
    """
    return max((apart(results.get(blob), value) for blob, value in expected.items()), default=0.0)


def apart(result: Tensor | None, expected: Tensor) -> float:
    """The largest difference of two tensors, relative to the largest expected value above 1."""
    if result is None or result.shape != expected.shape:
        return float("inf")
    a, b = result.detach().double(), expected.detach().double()
    same = (a == b) | (a.isnan() & b.isnan())
    gap = torch.where(same, 0.0, (a - b).abs()).nan_to_num(float("inf"), float("inf"))
    finite = b[b.isfinite()].abs()
    scale = max(1.0, float(finite.max())) if finite.numel() else 1.0
    return float(gap.max()) / scale if gap.numel() else 0.0


def describe(value: float) -> str:
    """The difference in words."""
    return "same outputs as the graph" if value == 0 else f"outputs within {value:.1e} of the graph"


def inputs(graph: Graph, seed: int = 0, batch: int | None = None) -> list[Tensor]:
    """One tensor per input of the net, in the order of `forward`.

    batch: at most this many items along the first axis
    """
    generator = torch.Generator().manual_seed(seed)
    values = []
    for node in graph.sources:
        for top, shape in zip(node.tops, node.top_shapes, strict=True):
            highest = _classes(graph, top)
            if _read_as(graph, top, "object_bottom"):
                value = _objects(shape, generator)
            elif _read_as(graph, top, "size_bottom"):
                value = _image_size(graph, shape)
            elif highest is None:
                value = torch.randn(shape, generator=generator)
            else:
                value = torch.randint(0, max(highest, 1), shape, generator=generator).float()
            values.append(value if batch is None or not shape else value[:batch])
    return values


def _read_as(graph: Graph, blob: str, meaning: str) -> bool:
    """Whether a layer reads a blob as the bottom of a meaning, object_bottom or size_bottom."""
    copies = {blob}
    for node in graph.nodes:
        if node.layer.silent and copies.intersection(node.bottoms):
            copies.update(node.tops)
        bottom = getattr(node.layer, meaning)
        if bottom is not None and node.bottoms[bottom] in copies:
            return True
    return False


def _image_size(graph: Graph, shape: tuple[int, ...]) -> Tensor:
    """Height, width and a scale of 1, of the first input that is an image."""
    shapes = (shape for node in graph.sources for shape in node.top_shapes)
    h, w = next((one[2:] for one in shapes if len(one) == 4 and min(one[2:]) > 1), (1, 1))
    value = torch.ones(shape)
    value[:, 0], value[:, 1] = h, w
    return value


def _objects(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Rows (1, 1, G, 8) of objects of class 1, in the first image and not difficult."""
    rows = torch.zeros(shape)
    rows[..., 1] = 1
    rows[..., 3:5] = torch.rand((*shape[:-1], 2), generator=generator) / 2
    rows[..., 5:7] = rows[..., 3:5] + 0.3
    return rows


def _classes(graph: Graph, blob: str) -> int | None:
    """How many whole numbers a blob takes, if it is labels, indices or the like; else None.

    Where several layers read it, the number that suits them all.
    """
    followed, counts = {blob}, []
    for node in graph.nodes:
        for j, bottom in enumerate(node.bottoms):
            if bottom not in followed:
                continue
            count = node.layer.label_range(node.site, j)
            if count is not None:
                counts.append(count)
            elif node.layer.plays(Role.RESHAPING, Role.JOINING):
                followed.update(node.tops)
    return min(counts, default=None)


@torch.no_grad()
def randomize(net: nn.Module, seed: int = 0) -> None:
    """Fill a built net's parameters and statistics, since many deploy nets name no fillers.

    Weights keep the variance of what passes through them; statistics are as after training.
    """
    generator = torch.Generator().manual_seed(seed)
    for key, value in net.state_dict().items():
        kind, noise = key.rpartition(".")[2], torch.rand(value.shape, generator=generator)
        if kind == "factor":
            value.fill_(2.0)
        elif kind in ("variance", "running_var"):
            value.copy_(1 + noise)
        elif value.dim() > 1:
            value.copy_((2 * noise - 1) * (6 / value[0].numel()) ** 0.5)
        else:
            value.copy_(noise * 0.2 + (0.9 if kind == "weight" else -0.1))
