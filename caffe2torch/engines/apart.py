"""Runs a model in a process of its own: an engine that crashes must not end the program."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import weakref
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from caffe2torch.convert.runtimes import Array, Run

ROOT = Path(__file__).resolve().parents[2]


def loaded(engine: ModuleType, model: bytes) -> Run:
    """A function that runs a model, in another process if the engine says CRASHES.

    Raises, as the function does: what the engine raises, as RuntimeError from the other process
    """
    if not getattr(engine, "CRASHES", False):
        run: Run = engine.load(model)
        return run
    return Apart(engine.__name__, model)


class Apart:
    """A model in the process of one engine, which ends when the model is no longer used."""

    def __init__(self, engine: str, model: bytes) -> None:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve({engine!r})"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip
        weakref.finalize(self, _end, self.process)
        self._ask(model)

    def __call__(self, given: Mapping[str, Array]) -> list[Array]:
        """The outputs in the order of the model."""
        results: list[Array] = self._ask(dict(given))
        return results

    def _ask(self, value: Any) -> Any:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            _send(stdin, value)
            answer, problem = pickle.load(stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise RuntimeError(_obituary(self.process.wait())) from None
        if problem:
            raise RuntimeError(problem)
        return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _obituary(code: int) -> str:
    """What a process that ended by itself died of."""
    if code < 0:
        return f"the engine crashes ({signal.Signals(-code).name})"
    return f"the engine ends the process with {code}"


def _send(file: IO[bytes], value: Any) -> None:
    pickle.dump(value, file, protocol=pickle.HIGHEST_PROTOCOL)
    file.flush()


def serve(engine: str) -> None:
    """Load the model that comes first on stdin, then answer each set of inputs."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the engine prints is no answer
    module = import_module(engine)
    run: Run | None = None
    while True:
        try:
            value = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        answer, problem = None, ""
        try:
            if run is None:
                run = module.load(value)
            else:
                answer = run(value)
        except Exception as error:  # noqa: BLE001  engines raise their own kinds
            problem = str(error) or type(error).__name__
        _send(answers, (answer, problem))
