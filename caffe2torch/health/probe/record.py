"""A probe as JSON, for reports and programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from caffe2torch.atomic import replacing
from caffe2torch.health.probe.examination import Examination
from caffe2torch.health.probe.trial import Trial
from caffe2torch.health.probe.verdict import Verdict


def record(done: Examination, verdict: Verdict) -> dict[str, Any]:
    """Return verdict, findings, measurements and the losses of all experiments, in JSON's types."""
    history = done.history
    trials = [done.configured, *([done.one] if done.one else []), *(t for _, t in done.tried)]
    return {
        "solver": done.case.file,
        "verdict": asdict(verdict),
        "lint": [{"code": f.code, "message": f.message} for f in done.findings],
        "observations": [seen.record() for seen in done.observations],
        "chance": history.chance,
        "inputs": [asdict(one) for one in history.inputs],
        "activations": {i: [asdict(b) for b in blobs] for i, blobs in history.activations.items()},
        "norms": {i: [asdict(n) for n in norms] for i, norms in history.norms.items()},
        "labels": asdict(history.labels) if history.labels else None,
        "experiments": [_trial(trial) for trial in trials],
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {"title": trial.title, "learned": trial.learned, "losses": trial.losses}


def write(path: Path, done: Examination, verdict: Verdict) -> None:
    """Write the record. Numbers that are none stand as NaN and Infinity, as Python writes them."""
    with replacing(path) as aside:
        aside.write_text(json.dumps(record(done, verdict), indent=1) + "\n", encoding="utf-8")
