"""From the flags of `c2t train` to one training process, or several."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caffe2torch.errors import SolverError
from caffe2torch.lint import engine, formats
from caffe2torch.lint.finding import Finding

UNUSABLE = 2


@dataclass(frozen=True)
class Machine:
    """Which devices train together: --gpus, --procs; and whether the lint is heard first."""

    gpus: str = ""
    procs: int = 1
    no_lint: bool = False

    def devices(self) -> list[str]:
        """Return the device of each process, none if only one is to run as the solver says.

        Raises: SolverError for devices that are not there.
        """
        if self.gpus and self.procs > 1:
            raise SolverError("--gpus and --procs exclude each other", hint="--procs is for CPUs")
        if not self.gpus:
            return ["cpu"] * self.procs if self.procs > 1 else []
        import torch

        count = torch.cuda.device_count()
        chosen = range(count) if self.gpus == "all" else [_index(g) for g in self.gpus.split(",")]
        absent = [index for index in chosen if index >= count]
        if absent or not count:
            raise SolverError(
                f"no CUDA device {absent[0] if absent else 0} (there are {count})",
                hint="see c2t devices",
            )
        return [f"cuda:{index}" for index in chosen]


def _index(text: str) -> int:
    if not text.strip().isdigit():
        raise SolverError(f'"{text}" is no device number', hint="--gpus all, or --gpus 0,1")
    return int(text)


def launch(
    machine: Machine, solver: str, flags: dict[str, Any], echo: Callable[[str], None], live: bool
) -> int:
    """Lint the solver, then train it; return the exit code.

    live: show a bar and a table instead of lines
    """
    first = os.environ.get("RANK", "0") == "0" and "C2T_PARENT" not in os.environ
    if first and not machine.no_lint and not passes_lint(solver, flags["weights"], echo):
        return UNUSABLE
    # torch is imported only now, so that the lint's answer comes at once
    from caffe2torch.solver.training import Settings

    devices = machine.devices()
    if len(devices) == 1:
        flags = {**flags, "device": devices[0]}
    settings = Settings(solver=solver, **flags)
    if len(devices) > 1:
        from caffe2torch.solver.workers import run

        return run(["train", *settings.arguments(), "--no-lint"], devices, live)
    return work(settings, echo, live or bool(os.environ.get("C2T_LIVE")))


def work(settings: Any, echo: Callable[[str], None], live: bool) -> int:
    """Train in this process, alone or as one of those that the environment tells of."""
    from caffe2torch.solver.distributed import join, together
    from caffe2torch.solver.terminal import Live, Plain
    from caffe2torch.solver.training import train
    from caffe2torch.solver.watch import Watcher

    ranks = join(settings.device)
    shown: list[Watcher] = []
    if ranks.first:
        shown = [Live() if live else Plain(echo)]
    try:
        with together(ranks):
            return train(settings, echo, shown, ranks)
    finally:
        for watcher in shown:
            watcher.stop()


def passes_lint(solver: str, weights: str, echo: Callable[[str], None]) -> bool:
    """Show errors and warnings; False if there is an error."""
    found = engine.lint(solver, weights=weights)
    grave = [finding for finding in found if finding.severity != "info"]
    if grave:
        echo(formats.find("text")(formats.Report(grave, [solver], sources(grave))).rstrip())
    stopped = any(finding.severity == "error" for finding in grave)
    if stopped:
        echo("not trained, because of the errors above; --no-lint trains anyway")
    return not stopped


def sources(findings: list[Finding]) -> dict[str, str]:
    """Return the texts of the files that the findings point into."""
    files = {finding.file for finding in findings if Path(finding.file).is_file()}
    return {file: Path(file).read_text(encoding="utf-8-sig", errors="replace") for file in files}
