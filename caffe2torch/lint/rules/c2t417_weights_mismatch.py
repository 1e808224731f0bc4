"""The pretrained weights do not fit the net.

What it does: with `weights` in the solver or --weights, compares the blobs in the files with those
of the TRAIN net, by layer name, as Caffe does.

Why: Caffe copies blobs of layers that have the same name, ignores the rest without a word, and
stops where a shape differs. A layer that was renamed, or whose name has a typing error, silently
stays as its filler made it: that is wanted for the last layer of a fine-tuning, and costs the
whole training elsewhere. If it has no filler, or lr_mult 0, it stays dead: an error.
Source: Caffe src/caffe/net.cpp, CopyTrainedLayersFrom; src/caffe/blob.cpp, Blob::FromProto.

Bad::

    c2t train solver.prototxt --weights vgg16.caffemodel    # and layers called conv1_1a ...

Good::

    layers that are to be taken over keep their names; the new last layer has a new one

Fix: none; only the author knows which names belong together.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

if TYPE_CHECKING:
    from caffe2torch.weights import ModelWeights

SEVERITY = "error"
RANK = 32


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for unfit shapes, one for layers that are in no file."""
    paths = [resolved for path in c.weights if (resolved := c.resolve(path)) is not None]
    if not paths or len(paths) < len(c.weights):
        return
    files = [model for path in paths if (model := _read(c, path)) is not None]
    if len(files) < len(paths):
        return
    layers = [node for node in c.train.nodes if node.params]
    for model in files:
        yield from _shapes(c, model, layers)
    names = {name for model in files for name in model if model[name]}
    missing = [node for node in layers if node.name not in names and node.params[0].owner is None]
    if missing:
        yield _missing(c, files, layers, missing, names)


def _read(c: Context, path: str) -> ModelWeights | None:
    """The weights, None if the file is none; the engine says why."""
    from caffe2torch.errors import C2TError
    from caffe2torch.weights import read_weights

    if path.endswith(".solverstate"):
        return None
    try:
        return read_weights(path)
    except C2TError as error:
        c.files.fail(error)
        return None


def _shapes(c: Context, model: ModelWeights, layers: list[Node]) -> Iterator[Finding]:
    """Layers whose blobs differ in number or size: Caffe stops."""
    bad: list[tuple[Node, str]] = []
    for node in layers:
        if node.name not in model or not model[node.name]:
            continue
        blobs = model[node.name]
        if len(blobs) != len(node.params):
            bad.append((node, f"{len(blobs)} blobs in the file, {len(node.params)} in the net"))
            continue
        for i, (ref, blob) in enumerate(zip(node.params, blobs, strict=True)):
            legacy = (node.name, i) in model.legacy
            if blob is None or blob.shape == ref.shape or (legacy and blob.size == ref.blob.count):
                continue
            bad.append((node, f"{tuple(blob.shape)} in the file, {ref.shape} in the net"))
            break
    if bad:
        node, what = bad[0]
        yield Finding(
            f'layer "{node.name}": {what} ({_short(model)})',
            c.train.span(node.index),
            hint="a new name for a layer that is to start anew",
            ways=("the sizes of the file",),
            severity="warning" if c.skips_unfit else "error",
            why=(
                ("left out, as asked" if c.skips_unfit else "Caffe stops")
                + (f"; {len(bad)} layers differ" if len(bad) > 1 else "")
            ),
        )


def _short(model: ModelWeights) -> str:
    return Path(model.file).name


def _missing(
    c: Context, files: list[ModelWeights], layers: list[Node], missing: list[Node], names: set[str]
) -> Finding:
    which = ", ".join(_short(model) for model in files)
    dead = [node for node in missing if _dead(node)]
    none_fits = len(missing) == len(layers)
    hidden = [node for node in missing if not wiring.is_last(c.train.graph, node)]
    if none_fits:
        what, severity = f"no layer of the net is in {which}", "error"
        why = "nothing is taken over"
    elif dead:
        what, severity = f"{naming.layers([n.name for n in dead])}: not in {which}", "error"
        why = "their weights stay 0"
    else:
        what = f"{naming.layers([n.name for n in missing])}: not in {which}"
        why = "their weights begin as the fillers say"
        severity = "warning" if _likely_slip(hidden, names) else "info"
    return Finding(
        what,
        c.train.span((dead or hidden or missing)[0].index, "name"),
        severity=severity,
        hint=_near((dead or hidden or missing)[0], names),
        why=why,
    )


def _dead(node: Node) -> bool:
    """Whether it can neither start nor learn: frozen without a random filler."""
    if not node.layer.plays(Role.WEIGHTS) or node.params[0].lr_mult:
        return False
    param = getattr(node.param, node.layer.param_field)
    return not param.HasField("weight_filler")


def _likely_slip(hidden: list[Node], names: set[str]) -> bool:
    """Whether a missing hidden layer's name is nearly one in the file."""
    return any(get_close_matches(n.name, names, n=1, cutoff=0.85) for n in hidden)


def _near(node: Node, names: set[str]) -> str:
    near = get_close_matches(node.name, sorted(names), n=2)
    if near:
        quoted = " or ".join(f'"{name}"' for name in near)
        return f'is "{node.name}" {quoted} in the file?'
    return f"fine for new layers; the file has {naming.listed(sorted(names))}"
