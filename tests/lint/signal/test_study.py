"""The study of one file: its numbers, as a table and as JSON has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caffe2torch.errors import C2TError
from caffe2torch.lint.signal.study import study
from tests.train import tiny


def test_the_facts_are_the_numbers_of_the_signal(tmp_path: Path) -> None:
    tiny.write(tmp_path)
    known = study(
        str(tmp_path / "solver.prototxt"), measured=False, seed=0, batch=3, synthetic=True
    )
    facts = json.loads(json.dumps(known.facts))
    assert [layer["name"] for layer in facts["layers"]] == ["conv", "score"]
    (loss,) = facts["losses"]
    assert loss["chance"] == pytest.approx(1.3863, abs=1e-4)  # ln 4
    assert "measured" not in loss
    assert f"{facts['layers'][0]['std']:.3g}" in known.text.splitlines()[1]


def test_a_net_without_loss_has_no_signal(tmp_path: Path) -> None:
    (tmp_path / "n.prototxt").write_text('layer { name: "x" type: "Input" top: "x" }')
    with pytest.raises(C2TError, match="no signal to predict"):
        study(str(tmp_path / "n.prototxt"), measured=False, seed=0, batch=None, synthetic=True)


def test_a_batch_size_needs_a_data_layer(tmp_path: Path) -> None:
    (tmp_path / "n.prototxt").write_text(tiny.LINE)
    with pytest.raises(C2TError, match="no data layer with a batch_size"):
        study(str(tmp_path / "n.prototxt"), measured=False, seed=0, batch=4, synthetic=True)
