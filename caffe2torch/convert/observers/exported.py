"""torch.export programs: every operation knows the submodule that it came from."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import fx

from caffe2torch import inputs
from caffe2torch.convert.conversion import Conversion, named
from caffe2torch.convert.keys import layer_of, owners, paths_of
from caffe2torch.convert.observers import Seen
from caffe2torch.errors import DataError

SUFFIXES = (".pt2",)


def observe(path: Path, subject: Conversion, _weights: Path | None) -> Seen:
    """Run a program, and keep the last result of every submodule."""
    inputs.check(path)
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} cannot be read: it is no archive")
    try:
        module = torch.export.load(str(path)).module()
    except (RuntimeError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read: {str(error).partition(chr(10))[0]}") from None
    seen = Seen()
    calls = _last_calls(module.graph)
    by_path = owners(paths_of(subject.graph, calls.values(), keys=False))
    calls = {node: layer_of(path, by_path) or path for node, path in calls.items()}
    with torch.no_grad():
        result = _Watcher(module, seen, calls).run(*(value.clone() for value in subject.inputs))
    if not isinstance(result, dict | torch.Tensor):
        result = dict(zip(subject.graph.outputs, result, strict=True))
    seen.outputs = named(subject.graph, result)
    return seen


class _Watcher(fx.Interpreter):
    """Runs a program operation by operation."""

    def __init__(self, module: Any, seen: Seen, calls: dict[fx.Node, str]) -> None:
        super().__init__(module)
        self.seen, self.calls = seen, calls

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if n in self.calls:
            self.seen.add(self.calls[n], result)
        return result


def _last_calls(graph: fx.Graph) -> dict[fx.Node, str]:
    """The last operation of each call of a submodule, and the submodule's path."""
    last: dict[str, tuple[fx.Node, str]] = {}
    for node in graph.nodes:
        stack = node.meta.get("nn_module_stack") if node.op == "call_function" else None
        if stack:
            call, (path, _kind) = list(stack.items())[-1]
            last[call] = node, str(path)
    return {node: name for node, name in last.values() if name}
