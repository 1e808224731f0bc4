"""A program of torch.export (.pt2): its inputs, outputs, operators and weights, without torch."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.kinds.checkpoint import weights_report
from caffe2torch.inspect.report import Options, Report
from caffe2torch.inspect.values import times

MODEL, WEIGHTS = "models/model.json", "data/weights/model_weights_config.json"
# Numbers of torch's serialized ScalarType: torch/_export/serde/schema.py
TYPES = {1: "u1", 2: "i1", 3: "<i2", 4: "<i4", 5: "<i8", 6: "<f2", 7: "<f4", 8: "<f8", 12: "u1",
         13: "bf16"}  # fmt: skip


def fits(head: Head) -> bool:
    """A zip archive with a model in JSON."""
    return head.zipped(MODEL)


def report(head: Head, options: Options) -> Report:
    """What goes in and out, which operators there are, and statistics of the weights.

    Raises: WeightsError if the file is damaged.
    """
    from caffe2torch.inspect import archive

    with archive.opened(head.path) as file:
        module = file.json(MODEL)
        graph = module["graph_module"]["graph"]
        layers = [_weight(file, *entry) for entry in file.json(WEIGHTS)["config"].items()]
    shapes = {name: _shape(meta["sizes"]) for name, meta in graph["tensor_values"].items()}
    signature = module["graph_module"]["signature"]
    ends = {side: _named(signature[f"{side}_specs"], f"user_{side}", shapes)
            for side in ("input", "output")}  # fmt: skip
    operators = Counter(node["target"].removeprefix("torch.ops.") for node in graph["nodes"])
    lines = [f"{side + 's':11} {_listed(ends[side])}" for side in ends]
    lines.append("operators   " + ", ".join(f"{n} {name}" for name, n in operators.most_common(8)))
    more = {f"{side}s": shapes for side, shapes in ends.items()}
    torch_version = module.get("torch_version", "")
    return weights_report(
        head, f"program of torch.export {torch_version}".rstrip(), layers, *lines,
        operators=dict(operators), **more,
    )  # fmt: skip


def _weight(file: Any, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """One weight as the report has layers, with a single blob."""
    from caffe2torch.inspect.archive import Tensor, named
    from caffe2torch.inspect.statistics import statistics

    meta = entry["tensor_meta"]
    kind = TYPES.get(meta["dtype"], "")
    if not kind:
        raise ValueError(f"weight {name} has numbers of type {meta['dtype']}")
    shape, strides = _shape(meta["sizes"]), _shape(meta["strides"])
    offset = meta["storage_offset"]["as_int"]
    tensor = Tensor(kind, f"data/weights/{entry['path_name']}", offset, shape, strides)
    return {"name": name, "type": named(kind),
            "blobs": [{"shape": shape, **statistics(file.values(tensor)).data}]}  # fmt: skip


def _shape(sizes: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Sizes; the name of one that may vary."""
    return tuple(
        size["as_int"] if "as_int" in size else _symbol(size["as_expr"]["expr_str"])
        for size in sizes
    )


def _symbol(expression: str) -> str:
    """The name of a size that may vary: sympy writes Symbol('s31', integer=True)."""
    named = re.match(r"Symbol\('(\w+)'", expression)
    return named[1] if named else expression


def _named(specs: list[Any], kind: str, shapes: dict[str, Any]) -> dict[str, Any]:
    """Tensors that go in or come out, with their shapes."""
    given = [spec[kind]["arg"] for spec in specs if kind in spec]
    names = [arg["as_tensor"]["name"] for arg in given if "as_tensor" in arg]
    return {name: shapes[name] for name in names}


def _listed(shapes: dict[str, Any]) -> str:
    return ", ".join(f"{name} {times(shape)}" for name, shape in shapes.items())
