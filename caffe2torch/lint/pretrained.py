"""Is a net made for pretrained weights? Nobody writes the command line into a prototxt.

Fillers are written for what is new, so a body without any below a head with some is a net to be
fine-tuned, as are frozen layers without a filler, which from scratch would stay 0. Weaker signs are
kept apart: with them a prediction about a start from scratch is a warning, no error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.layers.base import Role
from caffe2torch.lint.signal.numbers import median

LEAST = 5
"""Layers without a filler below one that has some, from which on it is hardly an oversight."""
IMAGENET, MANY = 1000, 8
FASTER = 5.0
"""How many times the others' rate that of new layers is."""
WORDS = re.compile(r"fine[-_ ]?tun|pre[-_ ]?train|transfer[-_ ]?learn", re.IGNORECASE)


def awaited(net: list[pb.LayerParameter], alone: bool) -> bool:
    """Whether most hidden layers have no filler, and the rest of the net shows that it is meant.

    alone: there is no solver that says what the net starts from: no filler is evidence enough
    """
    weighted = [layer for layer in net if _weighted(layer)]
    body = weighted[:-1]
    bare = [layer for layer in body if not _filled(layer)]
    fixed = sum(layer.batch_norm_param.use_global_stats for layer in net)
    if _stored(net) >= LEAST or (alone and fixed >= LEAST):
        return True
    if 2 * len(bare) <= len(body):
        return False
    head = len(bare) >= LEAST and _filled(weighted[-1])
    # a frozen Deconvolution of zeros gives nothing, whatever is trained below it
    frozen = any(_rates(layer)[:1] == [0] and not _filled(layer) for layer in net if _learns(layer))
    stored = any(layer.batch_norm_param.use_global_stats for layer in net)
    return head or frozen or stored or alone


def _stored(net: list[pb.LayerParameter]) -> int:
    """How many BatchNorms use stored statistics behind a layer without a filler.

    From scratch both would be 0 for ever.
    """
    bare = {top for layer in net if _weighted(layer) and not _filled(layer) for top in layer.top}
    return sum(
        layer.batch_norm_param.use_global_stats and not bare.isdisjoint(layer.bottom)
        for layer in net
    )


def hints(net: list[pb.LayerParameter], texts: list[str], folders: list[Path]) -> list[str]:
    """Weaker signs that training starts from pretrained weights, in words.

    texts:   what may say so: comments, names, paths
    folders: where a caffemodel may lie
    """
    return list(_hints(net, texts, folders))


def _hints(net: list[pb.LayerParameter], texts: list[str], folders: list[Path]) -> Iterator[str]:
    words = next((match[0] for text in texts if (match := WORDS.search(text))), "")
    if words:
        yield f'it says "{words}"'
    rates = [_rates(layer)[0] if _rates(layer) else 1.0 for layer in net if _weighted(layer)]
    if len(rates) > LEAST and rates[-1]:
        usual = median(rates) or 0.0
        fast = sum(rate >= FASTER * usual for rate in rates)
        if 2 * sum(rate == 0 for rate in rates[:-1]) >= len(rates) - 1:
            yield "most layers are frozen"
        elif usual and fast:
            what = "layer learns" if fast == 1 else "layers learn"
            yield f"{fast} {what} {max(rates) / usual:g} times as fast as the others"
    weighted = [layer for layer in net if _weighted(layer)]
    if len(weighted) >= MANY and not any(map(_filled, weighted)):
        yield f"none of its {len(weighted)} layers has a filler"
    last = next((layer for layer in reversed(net) if _weighted(layer)), None)
    if last is not None and not _filled(last) and _outputs(last) == IMAGENET:
        yield f'layer "{last.name}" has ImageNet\'s {IMAGENET:,} outputs and no filler'
    models = sorted({path.name for folder in folders for path in _models(folder)})
    if models:
        yield f"{models[0]} lies beside it"


def _outputs(layer: pb.LayerParameter) -> int:
    return int(getattr(layer, layers.chosen(layer).param_field).num_output)


def _models(folder: Path) -> Iterator[Path]:
    """Weights in a folder that no run of this very config has left there."""
    if folder.is_dir():
        yield from (p for p in folder.glob("*.caffemodel") if "_iter_" not in p.name)


def _rates(layer: pb.LayerParameter) -> list[float]:
    return [float(spec.lr_mult) for spec in layer.param]


def _filled(layer: pb.LayerParameter) -> bool:
    param: Any = getattr(layer, layers.chosen(layer).param_field)
    return bool(param.HasField("weight_filler"))


def _learns(layer: pb.LayerParameter) -> bool:
    """Whether it has weights with a filler."""
    kind = layers.known(layer)
    return kind is not None and kind.plays(Role.WEIGHTS)


def _weighted(layer: pb.LayerParameter) -> bool:
    """Whether it has weights that somebody trains; Deconvolutions are often left to upsample."""
    return _learns(layer) and layers.chosen(layer).type != "Deconvolution"
