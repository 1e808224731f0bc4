"""c2t lint as a user runs it, for the tests."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from caffe2torch.cli import cli


def run(*args: str, code: int | None = None, text: str | None = None) -> Result:
    result = CliRunner().invoke(cli, ["lint", *args], input=text)
    if code is not None:
        assert result.exit_code == code, result.output
    return result


def codes(result: Result) -> list[str]:
    return [entry["code"] for entry in json.loads(result.output)]
