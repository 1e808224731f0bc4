"""Which engine computes the blobs of a net in TEST for inputs of one shape, and how.

An engine runs an ONNX model of the net. It is used where its blobs equal the net's own on the first
batch; what no engine can do, the net does itself. "auto" takes the fastest in a short trial, and
keeps its name in the user's cache by net, shapes, processor and versions.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from caffe2torch import user_cache
from caffe2torch.convert.compare import difference
from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.onnx.padded import tables, unpadded
from caffe2torch.convert.runtimes import installed, registry
from caffe2torch.errors import C2TError, UnsupportedError
from caffe2torch.graph import build_graph
from caffe2torch.graph.cutting import cut
from caffe2torch.module.blobs import blob_tensors, graph_of
from caffe2torch.module.build import build, run
from caffe2torch.module.layout import fingerprint
from caffe2torch.module.stopwatch import fastest

AUTO, TORCH = "auto", "torch"
OTHERS = ("onnxruntime", "openvino")
"""OpenCV is none of them: some models end its process, and it was never the fastest."""
ENGINES = (AUTO, TORCH, *OTHERS)
EXACT = 1e-5
"""The largest difference from the net's own blobs, as a share of the largest value of each."""
RUNS = 3
"""Runs of the trial, of which the fastest counts."""
PAUSE = 0.05
"""Seconds until the threads of the engine before wait no longer for work, on a processor."""

Compute = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]


@dataclass(frozen=True)
class Choice:
    """The engine that computes, how it does, and a line for each that does not."""

    engine: str
    compute: Compute
    refused: tuple[str, ...] = ()


def check_engine(name: str) -> None:
    """Raise UnsupportedError for an engine that is not known, or not installed."""
    if name not in ENGINES:
        raise UnsupportedError(f'no engine "{name}"', hint=f"there are {', '.join(ENGINES)}")
    if name in OTHERS and name not in available():
        module = registry.find(name)
        raise UnsupportedError(
            f"{module.TITLE} is not installed", hint=f"pip install {module.PACKAGE}"
        )


def available() -> list[str]:
    """The engines besides torch that are installed."""
    return [name for name in OTHERS if installed(registry.find(name))]


def choose(net: nn.Module, names: list[str], first: Mapping[str, Tensor], engine: str) -> Choice:
    """Find what computes the blobs `names` of a net for inputs shaped like `first`.

    first:  top of each source layer -> tensor, the batch of the trial
    engine: one of ENGINES; a named one computes if it is exact, "auto" is the fastest exact one
    """

    @torch.no_grad()
    def by_net(given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return run(net, given, names)

    if engine == TORCH:
        return Choice(TORCH, by_net)
    path, tried = None, [engine]
    if engine == AUTO:
        present = available()
        path = user_cache.folder("engine") / f"{_key(net, names, first, present)}.json"
        known = user_cache.recall(path, "engine")
        if known == TORCH:
            return Choice(TORCH, by_net)
        tried = [known] if known in present else present
    exact, refused = _exact_ones(tried, net, names, first, by_net)
    if path is None or len(tried) == 1:
        name, compute = next(iter(exact.items()), (TORCH, by_net))
        return Choice(name, compute, refused)
    seconds = {name: _time(compute, first) for name, compute in {**exact, TORCH: by_net}.items()}
    best = min(seconds, key=lambda name: seconds[name])
    user_cache.keep(path, json.dumps({"engine": best, "seconds": seconds}).encode())
    return Choice(best, exact.get(best, by_net), refused)


def _key(net: nn.Module, names: list[str], first: Mapping[str, Tensor], present: list[str]) -> str:
    """What the speed of the engines hangs on."""
    shapes = [f"{top} {tuple(value.shape)}" for top, value in first.items()]
    versions = [f"{name} {registry.find(name).version()}" for name in present]
    parts = [fingerprint(graph_of(net)), *names, *shapes, *versions]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=20).hexdigest()


def _exact_ones(
    tried: list[str], net: nn.Module, names: list[str], first: Mapping[str, Tensor], by_net: Compute
) -> tuple[dict[str, Compute], tuple[str, ...]]:
    """The engines that give what the net gives, and a line for each of the others."""
    exact, refused = {}, []
    try:
        model = _Model(net, names, first)
        expected = by_net(first)
    except C2TError as error:
        return {}, (f"no engine is used: {error.message}",)
    for name in tried:
        title = registry.find(name).TITLE
        try:
            compute = model.computed_by(name, by_net)
            gap = difference(compute(first), expected)
        except Exception as error:  # noqa: BLE001  engines raise their own kinds
            refused.append(f"{title} is not used: {str(error).partition(chr(10))[0][:200]}")
            continue
        if gap <= EXACT:
            exact[name] = compute
        else:
            refused.append(f"{title} is not used: it differs from the net by {gap:.1e}")
    return exact, tuple(refused)


def _time(compute: Compute, first: Mapping[str, Tensor]) -> float:
    """Seconds of a batch."""
    time.sleep(PAUSE)
    return fastest(lambda: compute(first), RUNS)


class _Model:
    """The ONNX model of the part of a net that computes some blobs from inputs of given shapes."""

    def __init__(self, net: nn.Module, names: list[str], first: Mapping[str, Tensor]) -> None:
        whole = graph_of(net)
        acting = [node for node in whole.nodes if node.layer.side_effects]
        if acting:
            raise UnsupportedError(f'layer "{acting[0].name}" does more than compute')
        shapes = {top: tuple(value.shape) for top, value in first.items()}
        state = whole.filtered.state
        part = cut(whole.net, whole, list(shapes), names)
        self.graph = build_graph(part, state, input_shapes=shapes, assume=True)
        self.graph.outputs = list(names)
        module = build(self.graph, seed=0)
        weights = {node.name: blob_tensors(net, node) for node in whole.nodes}
        for node in (one for one in self.graph.nodes if one.params):
            for place, value in zip(blob_tensors(module, node), weights[node.name], strict=True):
                place.data = value.detach().cpu()
        self.tables = tables(self.graph)
        self.bytes = onnx_model(self.graph, module, Options(dynamic="none")).SerializeToString()

    def computed_by(self, engine: str, by_net: Compute) -> Compute:
        """What gives the blobs by an engine; `by_net` is asked where nothing is detected."""
        run_model = registry.find(engine).load(self.bytes)
        tops = [top for node in self.graph.sources for top in node.tops]

        def compute(given: Mapping[str, Tensor]) -> dict[str, Tensor]:
            arrays = {top: np.asarray(given[top].detach().numpy(), order="C") for top in tops}
            values = [torch.from_numpy(np.asarray(v, order="C")) for v in run_model(arrays)]
            blobs = dict(zip(self.graph.outputs, values, strict=True))
            for blob in self.tables:
                rows = unpadded(self.graph, {blob: blobs[blob]})[blob]
                if not len(rows):
                    return by_net(given)
                blobs[blob] = rows.reshape(1, 1, *rows.shape)
            return blobs

        return compute
