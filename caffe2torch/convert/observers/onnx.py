"""ONNX models: every operator names its layer."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from caffe2torch import inputs
from caffe2torch.convert.conversion import Conversion
from caffe2torch.convert.keys import layer_of, owners, paths_of
from caffe2torch.convert.observers import Seen
from caffe2torch.convert.onnx.trial import trial
from caffe2torch.convert.runtimes.onnxruntime import session_of
from caffe2torch.errors import UnsupportedError

SUFFIXES = (".onnx",)
SCOPES = "pkg.torch.onnx.name_scopes"


def observe(path: Path, subject: Conversion, _weights: Path | None) -> Seen:
    """Run a model in onnxruntime with the results of all submodules as outputs.

    Raises: UnsupportedError where onnx or onnxruntime are missing.
    """
    missing = [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise UnsupportedError(
            f"running {path} needs the package {' and '.join(missing)}",
            hint='install them: pip install "caffe2torch[onnx]"',
        )
    import onnx

    inputs.check(path)
    model = onnx.load(inputs.place(path))
    names = [one.name for one in model.graph.output]
    places = _last_results(model)
    by_path = owners(paths_of(subject.graph, places.values(), keys=False))
    layers = {name: layer_of(place, by_path) or place for name, place in places.items()}
    extra = [name for name in layers if name not in names]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in extra)
    session = session_of(model.SerializeToString())
    given = {name: value.numpy() for name, value in trial(model, subject)[0].items()}
    wanted = {one.name for one in session.get_inputs()}
    values = session.run([*names, *extra], {k: v for k, v in given.items() if k in wanted})
    results_by_name = dict(zip([*names, *extra], map(torch.as_tensor, values), strict=True))
    results = (results_by_name[name] for name in names)
    seen = Seen(outputs=dict(zip(subject.graph.outputs, results, strict=False)))
    for name, layer in layers.items():
        seen.add(layer, results_by_name[name])
    return seen


def _last_results(model: Any) -> dict[str, str]:
    """Name of the last result of each layer -> the layer, or the path of its submodule, in order.

    An operator names its layer, or, where torch's exporter wrote it, its submodule. Operators
    that follow each other with the same name are one call.
    """
    results: dict[str, str] = {}
    before = ""
    for node in model.graph.node:
        scopes = next((p.value for p in node.metadata_props if p.key == SCOPES), "[]")
        path = ([""] + [scope for scope in ast.literal_eval(scopes)[:-1] if scope])[-1]
        place = node.doc_string or path
        if place and place == before:
            results.popitem()
        if place and node.output:
            results[node.output[0]] = place
        before = place
    return results
