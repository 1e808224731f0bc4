"""Questions about data layers that several rules ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def once(c: Context) -> list[SourceUse]:
    """Every data layer of every net once, though it may serve TRAIN and several tests."""
    uses: dict[tuple[int, int], SourceUse] = {}
    for source in c.sources:
        uses.setdefault((id(source.net), source.index), source)
    return list(uses.values())


def images(c: Context) -> list[SourceUse]:
    """Those of `once` that bring images."""
    return [source for source in once(c) if source.images]


def put(sources: Iterable[SourceUse], path: str, value: str) -> tuple[FileEdit, ...]:
    """Set a field in each of these layers."""
    edits = [e for s in sources for e in fix.put_layer(s.net, s.index, path, value)]
    return tuple(dict.fromkeys(edits))


def drop(sources: Iterable[SourceUse], path: str) -> tuple[FileEdit, ...]:
    """Remove a field from each of these layers."""
    edits = [e for s in sources for e in fix.drop_layer_field(s.net, s.index, path)]
    return tuple(dict.fromkeys(edits))


def put_scale(sources: Iterable[SourceUse], value: str) -> tuple[FileEdit, ...]:
    """Set the scale of each of these layers, where its type looks for it."""
    return tuple(dict.fromkeys(e for s in sources for e in put([s], s.kind.scale_field, value)))


def drop_scale(sources: Iterable[SourceUse]) -> tuple[FileEdit, ...]:
    """Remove the scale from each of these layers that has one."""
    return tuple(dict.fromkeys(e for s in sources for e in drop([s], s.kind.scale_field)))


def mean_of(source: SourceUse) -> NDArray[np.float64] | None:
    """What is subtracted, a value a channel (one for all if so written); None for nothing known."""
    import numpy as np

    if source.transform.mean_value:
        return np.array(source.transform.mean_value, np.float64)
    if source.transform.mean_file and source.mean is not None:
        return np.asarray(source.mean.mean(axis=(1, 2)), np.float64)
    return None


def mean_field(source: SourceUse) -> str:
    """The field that holds the mean, as a path in the layer."""
    return "transform_param." + ("mean_value" if source.transform.mean_value else "mean_file")


def says(values: Iterable[float]) -> str:
    """Numbers a channel, short."""
    return ", ".join(f"{value:.4g}" for value in values)


def names(sources: Iterable[SourceUse]) -> str:
    """The layers, by name and phase."""
    return " and ".join(dict.fromkeys(f'"{source.name}" ({source.phase})' for source in sources))
