"""Every data layer that real Caffe ran: the same batches, or possible ones where it draws."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import GOLDEN
from tools.golden.transform import batches, hdf5_output

PART = GOLDEN / "transform"
INDEX = json.loads((PART / "index.json").read_text())


@pytest.mark.parametrize("case", INDEX["cases"], ids=[case["name"] for case in INDEX["cases"]])
def test_a_layer_gives_what_caffes_gave(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PART)
    assert batches(case).problems == []


def test_hdf5_output_writes_what_caffes_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PART)
    assert hdf5_output(INDEX["hdf5_output"]).problems == []
