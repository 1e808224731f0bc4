"""Made-up trials and examinations, for the tests of what a probe says of them."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from caffe2torch.health.history import History
from caffe2torch.health.probe.examination import Examination
from caffe2torch.health.probe.trial import Case, Recorder, Trial


def trial(losses: Sequence[float], title: str = "as configured", chance: float = 0.0) -> Trial:
    """A trial with these losses behind it."""
    recorder = Recorder()
    recorder.losses = list(losses)
    running: Any = SimpleNamespace(stopped=False)
    return Trial(title, running, recorder, chance)


def examination(configured: Trial, **more: Any) -> Examination:
    more = {"findings": [], "history": History(), "observations": [], **more}
    return Examination(Case("s.prototxt"), configured=configured, **more)


FALLS = [2.0 - 0.05 * i for i in range(30)]
STAYS = [2.0] * 30
