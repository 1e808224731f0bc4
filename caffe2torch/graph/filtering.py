"""Which layers a state keeps, and the Split layers that Caffe inserts.

Source: Caffe src/caffe/net.cpp (FilterNet, StateMeetsRule), src/caffe/util/insert_splits.cpp
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import GraphError

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net


def net_state(
    net: Net, phase: str | None = None, level: int | None = None, stages: Iterable[str] = ()
) -> pb.NetState:
    """The net's own state with the given values over it (stages are added)."""
    state = pb.NetState()
    state.CopyFrom(net.message.state)
    if phase is not None:
        state.phase = pb.Phase.Value(phase)
    if level is not None:
        state.level = level
    state.stage.extend(stages)
    return state


def filter_layers(net: Net, state: pb.NetState) -> list[tuple[int, pb.LayerParameter]]:
    """Layers that the state includes, with their indices (Net::FilterNet)."""
    kept = []
    for index, layer in enumerate(net.message.layer):
        if layer.include and layer.exclude:
            raise GraphError(
                f'layer "{layer.name}" has both include and exclude rules',
                span=net.span(index, "exclude"),
                hint="keep one kind",
            )
        if layer.include:
            keep = any(meets(state, rule) for rule in layer.include)
        else:
            keep = not any(meets(state, rule) for rule in layer.exclude)
        if keep:
            kept.append((index, layer))
    return kept


def meets(state: pb.NetState, rule: pb.NetStateRule) -> bool:
    """Whether `state` meets `rule` (Net::StateMeetsRule)."""
    if rule.HasField("phase") and rule.phase != state.phase:
        return False
    if rule.HasField("min_level") and state.level < rule.min_level:
        return False
    if rule.HasField("max_level") and state.level > rule.max_level:
        return False
    stages = set(state.stage)
    return stages.issuperset(rule.stage) and stages.isdisjoint(rule.not_stage)


@dataclass
class Entry:
    """A layer on its way into the graph: its message, and its index in the file if it has one."""

    index: int | None
    param: pb.LayerParameter


def insert_splits(net: Net, kept: list[tuple[int, pb.LayerParameter]]) -> list[Entry]:
    """Give every reader of a shared blob a copy of its own (InsertSplits).

    Raises GraphError for a bottom that no earlier layer makes.
    """
    last_top: dict[str, tuple[int, int]] = {}
    source: dict[tuple[int, int], tuple[int, int]] = {}
    readers: dict[tuple[int, int], int] = {}
    weights: dict[tuple[int, int], float] = {}
    for i, (index, layer) in enumerate(kept):
        for j, blob in enumerate(layer.bottom):
            if blob not in last_top:
                raise _unknown_bottom(net, kept, (index, layer), blob, last_top)
            source[i, j] = last_top[blob]
            readers[last_top[blob]] = readers.get(last_top[blob], 0) + 1
        for j, blob in enumerate(layer.top):
            last_top[blob] = (i, j)
        for j in range(min(len(layer.loss_weight), len(layer.top))):
            top = last_top[layer.top[j]]
            weights[top] = layer.loss_weight[j]
            if weights[top]:
                readers[top] = readers.get(top, 0) + 1
    return _with_splits(kept, source, readers, weights)


def _unknown_bottom(
    net: Net,
    kept: list[tuple[int, pb.LayerParameter]],
    entry: tuple[int, pb.LayerParameter],
    blob: str,
    known: Iterable[str],
) -> GraphError:
    from difflib import get_close_matches

    index, layer = entry
    near = get_close_matches(blob, list(known), n=2)
    hint = f'did you mean "{near[0]}"?' if near else "name a top of an earlier layer"
    later = [other.name for _, other in kept if blob in other.top]
    out = [other.name for other in net.message.layer if blob in other.top]
    if later:
        hint = f'layer "{later[0]}" makes it; move that layer before this one'
    elif out:
        hint = f'layer "{out[0]}" makes it, and its include or exclude rules leave it out here'
    return GraphError(
        f'layer "{layer.name}" ({layer.type}): unknown bottom "{blob}"',
        span=net.span(index, "bottom"),
        hint=hint,
    )


def _with_splits(
    kept: list[tuple[int, pb.LayerParameter]],
    source: dict[tuple[int, int], tuple[int, int]],
    readers: dict[tuple[int, int], int],
    weights: dict[tuple[int, int], float],
) -> list[Entry]:
    used: dict[tuple[int, int], int] = {}
    out: list[Entry] = []
    for i, (index, original) in enumerate(kept):
        layer = pb.LayerParameter()
        layer.CopyFrom(original)
        out.append(Entry(index, layer))
        for j, blob in enumerate(original.bottom):
            top = source[i, j]
            if readers[top] > 1:
                k = used.get(top, 0)
                used[top] = k + 1
                layer.bottom[j] = f"{_split_name(kept, top, blob)}_{k}"
        for j, blob in enumerate(original.top):
            if readers.get((i, j), 0) > 1:
                weight = weights.get((i, j), 0.0)
                out.append(Entry(None, _split(kept, (i, j), blob, readers[i, j], weight)))
                if weight:
                    layer.ClearField("loss_weight")
                    used[i, j] = used.get((i, j), 0) + 1
    return out


def _split_name(kept: list[tuple[int, pb.LayerParameter]], top: tuple[int, int], blob: str) -> str:
    return f"{blob}_{kept[top[0]][1].name}_{top[1]}_split"


def _split(
    kept: list[tuple[int, pb.LayerParameter]],
    top: tuple[int, int],
    blob: str,
    count: int,
    weight: float,
) -> pb.LayerParameter:
    name = _split_name(kept, top, blob)
    layer = pb.LayerParameter(name=name, type="Split", bottom=[blob])
    layer.top.extend(f"{name}_{k}" for k in range(count))
    if weight:
        layer.loss_weight.extend([weight] + [0.0] * (count - 1))
    return layer
