"""A baseline file: findings that are known and not to be shown again.

A finding is recognised by file, code and the text of its line, so that it survives edits
elsewhere in the file. The same finding twice needs two entries.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.errors import SchemaError
from caffe2torch.lint.finding import Finding

Key = tuple[str, str, str]


def key(finding: Finding, folder: Path) -> Key:
    """What a finding is recognised by."""
    return _relative(finding.file, folder), finding.code, _line(finding)


def _relative(file: str, folder: Path) -> str:
    path = Path(file).resolve()
    inside = path.is_relative_to(folder.resolve())
    return path.relative_to(folder.resolve()).as_posix() if inside else path.as_posix()


def _line(finding: Finding) -> str:
    if finding.span is None:
        return ""
    try:
        lines = inputs.read_text(finding.span.file, "replace").splitlines()
    except OSError:
        return ""
    return lines[finding.span.line - 1].strip() if finding.span.line <= len(lines) else ""


def read(path: Path) -> Counter[Key]:
    """The entries of a baseline file. Raises SchemaError if it is none."""
    try:
        entries = inputs.parse_json(inputs.read_text(path))["findings"]
        return Counter((e["file"], e["code"], e["line"]) for e in entries)
    except OSError as error:
        raise SchemaError(f"baseline {path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        hint = "write one with --write-baseline"
        raise SchemaError(f"{path} is no baseline file", hint=hint) from None


def write(path: Path, findings: Iterable[Finding]) -> int:
    """Write all findings as the new baseline; return their number."""
    keys = sorted(key(finding, path.parent) for finding in findings)
    entries = [{"file": file, "code": code, "line": line} for file, code, line in keys]
    with replacing(path) as aside:
        aside.write_text(json.dumps({"findings": entries}, indent=1) + "\n", encoding="utf-8")
    return len(entries)


def without(findings: Iterable[Finding], path: Path) -> list[Finding]:
    """The findings that the baseline at `path` does not hold."""
    known = read(path)
    fresh = []
    for finding in findings:
        at = key(finding, path.parent)
        if known[at] > 0:
            known[at] -= 1
        else:
            fresh.append(finding)
    return fresh
