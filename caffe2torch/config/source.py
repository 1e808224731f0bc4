"""A data layer as rules see it: its settings whatever its type, and a sample of its data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import C2TError, Span
from caffe2torch.layers.base import Layer, Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch.data.stats import Stats
    from caffe2torch.format.upgrade import Net

Key = TypeVar("Key")
Value = TypeVar("Value")

SAMPLE = 256
"""Records that are sampled for statistics, spread over the database."""


@dataclass
class SourceUse:
    """One data layer in one state of the net.

    net:    the net that the layer is in
    train:  whether that is the TRAIN net
    index:  position in the net file's layer list
    field:  the name of the message with its source, "data_param" and the like; "" for none
    errors: "source" and "mean": why `stats` or `mean` is None
    """

    net: Net
    train: bool
    index: int
    layer: pb.LayerParameter
    field: str
    errors: dict[str, C2TError] = dataclasses.field(default_factory=dict)
    _answers: dict[Any, Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def type(self) -> str:
        return self.layer.type

    @property
    def phase(self) -> str:
        return "TRAIN" if self.train else "TEST"

    @property
    def kind(self) -> Layer:
        """What its type says of itself."""
        return layers.chosen(self.layer)

    @property
    def images(self) -> bool:
        """Whether it brings images, which transform_param changes."""
        return self.kind.plays(Role.IMAGES)

    @property
    def param(self) -> Any:
        """data_param, image_data_param, ... as the layer's type has it, None for none."""
        return getattr(self.layer, self.field) if self.field else None

    @property
    def transform(self) -> pb.TransformationParameter:
        return self.layer.transform_param

    @property
    def source(self) -> str:
        """The database, list or folder, "" where the type has none."""
        return str(getattr(self.param, "source", ""))

    @property
    def batch_size(self) -> int:
        """Records in a batch, 0 where the type or file does not say."""
        value = getattr(self.param, "batch_size", 0)
        return int(value) if isinstance(value, int) else 0

    @property
    def scale(self) -> float:
        """What its values are multiplied by, wherever its type looks for that."""
        holder, name = self._scale_holder
        return float(getattr(holder, name))

    @property
    def is_scaled(self) -> bool:
        """Whether a scale is written."""
        holder, name = self._scale_holder
        return bool(holder.HasField(name))

    @property
    def _scale_holder(self) -> tuple[Any, str]:
        """The message that holds the scale, and the field's name in it."""
        holder, _, name = self.kind.scale_field.partition(".")
        return getattr(self.layer, holder), name

    @property
    def is_color(self) -> bool | None:
        """Whether it decodes in colour or in grey, None where the type has no such setting."""
        value = getattr(self.param, "is_color", None)
        return None if value is None else bool(value)

    @property
    def channels(self) -> int:
        """Channels of its images, 0 if nobody knows."""
        if self.is_color is not None:
            return 3 if self.is_color else 1
        if self.stats is not None:
            return self.stats.channels
        return 3 if self.transform.force_color else 1 if self.transform.force_gray else 0

    @property
    def base(self) -> str:
        """The folder of the net file, for paths."""
        return str(Path(self.net.file).parent) if self.net.file else ""

    def span(self, where: str = "") -> Span | None:
        """The place of the layer or of a field in it, such as "transform_param.scale"."""
        return self.net.span(self.index, where)

    def span_param(self, name: str) -> Span | None:
        """The place of a field of `param`, such as "source"."""
        return self.span(f"{self.field}.{name}" if self.field else "")

    def once(self, study: Callable[[SourceUse, Key], Value], key: Key) -> Value:
        """What a function gives for this layer and a key, computed the first time only."""
        if (study, key) not in self._answers:
            self._answers[study, key] = study(self, key)
        return cast("Value", self._answers[study, key])

    @cached_property
    def stats(self) -> Stats | None:
        """Statistics of up to SAMPLE records; None, the reason in `errors`, if unreadable."""
        from caffe2torch.data import stats

        try:
            return stats.sample(self.layer, self.train, self.base, limit=SAMPLE)
        except (C2TError, OSError) as error:
            self.errors["source"] = error if isinstance(error, C2TError) else C2TError(str(error))
            return None

    @property
    def records(self) -> int | None:
        """Number of records, None if the data cannot be read or is not stored."""
        return self.stats.count if self.stats else None

    @cached_property
    def mean(self) -> NDArray[np.float32] | None:
        """The mean file as (C, H, W), None if there is none or it is unreadable."""
        from caffe2torch.data.mean import read_mean

        if not self.transform.mean_file:
            return None
        try:
            return read_mean(self.transform.mean_file, self.base)
        except (C2TError, OSError) as error:
            self.errors["mean"] = error if isinstance(error, C2TError) else C2TError(str(error))
            return None


def sources_of(
    net: Net, filtered: list[tuple[int, pb.LayerParameter]], train: bool
) -> list[SourceUse]:
    """The data layers among the layers of a net in one state, in the order of the file."""
    return list(_sources(net, filtered, train))


def _sources(
    net: Net, filtered: list[tuple[int, pb.LayerParameter]], train: bool
) -> Iterator[SourceUse]:
    for index, layer in filtered:
        kind = layers.known(layer)
        if kind is not None and kind.source and not layer.bottom:
            yield SourceUse(net, train, index, layer, kind.data_field or kind.param_field)
