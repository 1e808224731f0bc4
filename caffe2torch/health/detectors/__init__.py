"""What can go wrong in a run, one detector a file: `c2t608_nan_or_inf.py` is C2T608.

A file has a docstring, ADVICE, and `check(history)`, which yields `(evidence, layer, fatal)`
where the run shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

from caffe2torch.health.history import History
from caffe2torch.health.observation import Observation
from caffe2torch.registry import Registry

registry = Registry("caffe2torch.health.detectors", "detector")
_STEM = re.compile(r"(c2t\d{3})_([a-z0-9_]+)")


def observe(history: History) -> Iterator[Observation]:
    """What all detectors say of a run as it stands."""
    if history.losses:
        for module in registry.all():
            yield from _said_by(module, history)


def _said_by(module: ModuleType, history: History) -> Iterator[Observation]:
    for evidence, layer, fatal in module.check(history):
        yield seen(module, history.iteration, evidence, layer, fatal)


def seen(
    module: ModuleType, iteration: int, evidence: str, layer: str = "", fatal: bool = False
) -> Observation:
    """What the detector of a module says: its code and name, and its advice."""
    match = _STEM.fullmatch(module.__name__.rpartition(".")[2])
    assert match is not None, module.__name__
    code, name = match[1].upper(), match[2].replace("_", "-")
    return Observation(code, name, iteration, evidence, module.ADVICE, layer, fatal)
