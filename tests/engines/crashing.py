"""An engine that ends its process when it runs, for models that say so, and refuses others."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any

TITLE, PACKAGE, MODULE, CRASHES = "Crashing", "crashing", "numpy", True


def load(model: bytes) -> Any:
    if model == b"not mine":
        raise ValueError("where.cpp:1: not mine")

    def run(given: Mapping[str, Any]) -> list[Any]:
        os.write(1, b"noise of the engine")
        if model == b"crash":
            os.kill(os.getpid(), signal.SIGFPE)
        if model == b"end":
            os._exit(3)
        return [2 * given["x"], os.getpid()]

    return run
