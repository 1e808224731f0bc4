"""The signal model over every golden net: no crash, and no number that is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caffe2torch.config.files import Unavailable
from caffe2torch.errors import C2TError
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal import table

GOLDEN = Path(__file__).parents[2] / "golden"
KINDS = ("nets", "invalid", "solvers", "layers", "upgrade")
NO_NUMBER = re.compile(r"(?<![\w/.\"-])(nan|inf)(?![\w/.\"-])")


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_every_golden_file_gives_a_table_or_a_reason(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GOLDEN)
    tables = 0
    for path in sorted(Path(kind).rglob("*.prototxt")):
        context = Context(str(path))
        try:
            text = table.of_context(context)
            losses = [
                (loss.std, loss.input_std, loss.loss or 0.0) for loss in context.signal.losses
            ]
        except (C2TError, Unavailable):
            continue
        tables += 1
        assert not NO_NUMBER.search(text), (path, text)
        assert all(0 <= value < 1e30 for loss in losses for value in loss[:2]), path
    assert tables or kind == "upgrade"
