"""SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from caffe2torch import __version__
from caffe2torch.lint import faults, rules
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.formats import Report

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(report: Report) -> str:
    """One run with the rules that were applied and a result a finding."""
    described = _rules()
    index = {rule["id"]: i for i, rule in enumerate(described)}
    driver = {"name": "c2t lint", "version": __version__, "rules": described}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, index) for f in report.findings],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=1) + "\n"


def _rules() -> list[dict[str, Any]]:
    engine = [
        {"id": code, "name": name, "shortDescription": {"text": summary}}
        for code, (name, summary) in faults.CODES.items()
    ]
    return engine + [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.summary},
            "fullDescription": {"text": rule.doc},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in rules.every()
    ]


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.text},
    }
    if finding.span:
        region: dict[str, Any] = {
            "startLine": finding.span.line,
            "startColumn": finding.span.col,
            "charOffset": finding.span.start,
            "charLength": finding.span.end - finding.span.start,
        }
        artifact = {"uri": Path(finding.span.file).as_posix()}
        place = {"artifactLocation": artifact, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    if finding.fix is not None and finding.fix.edits:
        result["fixes"] = [_fix(finding)]
    return result


def _fix(finding: Finding) -> dict[str, Any]:
    assert finding.fix is not None
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in finding.fix.edits:
        region = {"charOffset": edit.start, "charLength": edit.end - edit.start}
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.new}}
        changes.setdefault(Path(edit.file).as_posix(), []).append(replacement)
    return {
        "description": {"text": finding.fix.title},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri}, "replacements": replacements}
            for uri, replacements in changes.items()
        ],
    }
