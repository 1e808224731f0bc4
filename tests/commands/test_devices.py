"""c2t devices: what torch can use here."""

from __future__ import annotations

import torch
from click.testing import CliRunner

from caffe2torch.cli import cli


def test_the_processor_and_every_gpu_have_a_line() -> None:
    result = CliRunner().invoke(cli, ["devices"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("cpu ") and torch.__version__ in lines[0]
    count = torch.cuda.device_count()
    assert len(lines) == 1 + max(count, 1)
    if not count:
        assert lines[1].startswith("cuda     none: ")
