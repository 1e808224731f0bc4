"""For programs: a list of objects, one a finding; lines and columns count from 1."""

from __future__ import annotations

import json
from typing import Any

from caffe2torch.lint.finding import Finding
from caffe2torch.lint.formats import Report


def render(report: Report) -> str:
    """The findings in their order."""
    return json.dumps([_entry(f) for f in report.findings], indent=1) + "\n"


def _entry(finding: Finding) -> dict[str, Any]:
    span, fix = finding.span, finding.fix
    entry: dict[str, Any] = {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "why": finding.why,
        "hint": finding.hint,
        "ways": list(finding.ways),
        "also": [text.split()[0] for text in finding.also],
        "file": span.file if span else None,
        "line": span.line if span else None,
        "col": span.col if span else None,
        "fix": None,
    }
    if fix is not None:
        edits = [{"file": e.file, "start": e.start, "end": e.end, "new": e.new} for e in fix.edits]
        entry["fix"] = {"title": fix.title, "safe": fix.safe, "edits": edits}
    return entry
