"""torch.export programs: every operation knows the submodule that it came from."""

from __future__ import annotations

import logging
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import fx

from caffe2torch import inputs
from caffe2torch.convert.conversion import Conversion, named
from caffe2torch.convert.keys import layer_of, owners, paths_of
from caffe2torch.convert.observers import Seen
from caffe2torch.errors import DataError
from caffe2torch.weights import pickled

SUFFIXES = (".pt2",)
WEIGHTS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
TOKEN = re.compile(
    r"'[a-z]\w*'|\b[su]\d+\b|\b[A-Z][A-Za-z]*\b|\b(integer|nonnegative|positive)=(True|False)\b"
    r"|[\d.\s+\-*/(),<>=&|~]"
)
"""Sizes that vary, as Mul(Integer(2), Symbol('s0', integer=True)) or 2*s0."""
POWER = re.compile(r"\bPow\b|\*\*")


def observe(path: Path, subject: Conversion, _weights: Path | None) -> Seen:
    """Run a program, and keep the last result of every submodule."""
    module = _load(path)
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


def _load(path: Path) -> Any:
    """The module of a program. Raises: DataError if it is none, or if reading it would run code."""
    inputs.check(path)
    place = inputs.place(path)
    if not zipfile.is_zipfile(place):
        raise DataError(f"{path} cannot be read: it is no archive")
    try:
        pickled.check_packing(place)
        with zipfile.ZipFile(place) as archive:
            _check_sizes(archive)
        with _without_code(), _without_talk():
            return torch.export.load(place).module()
    except Exception as error:  # noqa: BLE001  torch raises many kinds for a damaged file
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(f"{path} cannot be read: {reason}") from None


@contextmanager
def _without_code() -> Iterator[None]:
    """Let torch unpickle tensors alone; weights that say so are pickles of anything else."""
    before = os.environ.get(WEIGHTS_ONLY)
    os.environ[WEIGHTS_ONLY] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[WEIGHTS_ONLY]
        else:
            os.environ[WEIGHTS_ONLY] = before


@contextmanager
def _without_talk() -> Iterator[None]:
    """Keep torch's own tracebacks from the terminal: our message says what is wrong."""
    logger = logging.getLogger("torch.export")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _is_arithmetic(text: str) -> bool:
    """Whether sympy computes an expression without running code, and soon."""
    if TOKEN.sub("", text):
        return False
    powers = len(POWER.findall(text))
    return not powers or (powers < 4 and not re.search(r"\b\d{3}", text))


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Raise ValueError for expressions of sizes that are no arithmetic: sympy evaluates them."""
    for entry in archive.infolist():
        if entry.filename.endswith(".json"):
            waiting = [inputs.parse_json(archive.read(entry))]
            while waiting:
                value = waiting.pop()
                if isinstance(value, dict):
                    text = value.get("expr_str")
                    if isinstance(text, str) and not _is_arithmetic(text):
                        raise ValueError(f"a size is no arithmetic: {text[:80]!r}")
                    waiting += value.values()
                elif isinstance(value, list):
                    waiting += value


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
