"""What a run was: its command and the machine, kept beside its log for whoever reads it later."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from caffe2torch import __version__
from caffe2torch import caffe_pb2 as pb
from caffe2torch.atomic import replacing
from caffe2torch.graph.model import Node
from caffe2torch.terminal import printable
from caffe2torch.train.run_folder import ABOUT, LINT, LINT_HEAD
from caffe2torch.train.settings import Settings
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import Watcher


class About(Watcher):
    """Writes run.json: command, net, device, versions, when it began.

    folder: of the run; it is there when training begins
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.path = settings, folder / ABOUT

    def on_start(self, state: RunState) -> None:
        """Write the file; a run that goes on replaces it."""
        write(self.path, json.dumps(describe(self.settings, state), indent=2) + "\n")


class LintNotes(Watcher):
    """Writes lint.txt: what the lint said before the run; none where it was silent.

    folder: gives the folder of the run for a solver
    """

    def __init__(self, folder: Callable[[pb.SolverParameter], Path], text: str) -> None:
        self.folder_of, self.text = folder, text

    def on_start(self, state: RunState) -> None:
        """Write the file, or remove that of a run before this one."""
        path = self.folder_of(state.param) / LINT
        if self.text:
            write(path, f"{LINT_HEAD}\n{self.text}\n")
        else:
            path.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Write a text file whole. Raises: OSError."""
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")


def describe(settings: Settings, state: RunState) -> dict[str, Any]:
    """Return what a reader of the run wants to know, by its heading."""
    return {
        "command": settings.command(),
        "net": state.train.graph.name,
        "folder": str(Path.cwd()),
        "begun": datetime.now().astimezone().isoformat(timespec="seconds"),
        "first iteration": state.iter,
        "max_iter": state.param.max_iter,
        "images per iteration": state.images,
        "seed": state.seed,
        "device": device_name(state.options.device),
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "caffe2torch": __version__,
        "torch": torch.__version__,
        "Python": platform.python_version(),
    }


def opening(state: RunState) -> str:
    """Return the line a run begins with: net, parameters, device, images and their source."""
    net, graph = state.net, state.train.graph
    count = sum(parameter.numel() for parameter in net.parameters())
    paths = [_source(node) for node in graph.sources]
    origin = ", ".join(dict.fromkeys(printable(path) for path in paths if path))
    return (
        f"trains {printable(graph.name) or 'a net'}, {count:,} parameters, on "
        f"{device_name(state.options.device)}: {state.images:,} images an iteration"
        f"{origin and f' of {origin}'}, up to iteration {state.param.max_iter:,}"
    )


def _source(node: Node) -> str:
    """Where a data layer reads, "" where it names no place."""
    field = node.layer.data_field or node.layer.param_field
    return str(getattr(getattr(node.param, field, None), "source", ""))


def device_name(device: torch.device) -> str:
    """Return "cpu", or a GPU's number and model."""
    return f"{device}: {torch.cuda.get_device_name(device)}" if device.type == "cuda" else "cpu"
