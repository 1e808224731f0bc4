"""For GitHub Actions: one workflow command a finding, shown at its line of a pull request."""

from __future__ import annotations

from caffe2torch.lint.finding import Finding
from caffe2torch.lint.formats import Report
from caffe2torch.terminal import printable

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """The findings in their order."""
    return "".join(_command(finding) + "\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    properties = {"title": f"{finding.code} {finding.name}"}
    if finding.span:
        span = finding.span
        properties = {
            "file": span.file, "line": str(span.line), "col": str(span.col), **properties,
        }  # fmt: skip
    listed = ",".join(f"{key}={_escape(value, ':,')}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {listed}::{_escape(finding.text)}"


def _escape(text: str, more: str = "") -> str:
    """Percent-encode what the workflow command syntax itself uses."""
    text = "".join(f"%{ord(c):02X}" if c in "%\r\n" + more else c for c in text)
    return printable(text)
