"""Data layers as rules ask for them: each once, its mean, and edits of several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.format import text
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit
from caffe2torch.weights import write_blob

BOTH = """\
layer { name: "d" type: "Data" top: "x" top: "y" data_param { source: "s" batch_size: 4 }
  transform_param { crop_size: 8 scale: 0.5 mean_value: 1 mean_value: 2 } }
layer { name: "t" type: "Data" top: "z" include { phase: TEST } data_param { source: "s" }
  transform_param { crop_size: 8 mean_file: "m" } }
layer { name: "rows" type: "HDF5Data" top: "r" hdf5_data_param { source: "r" batch_size: 4 } }
layer { name: "wide" type: "WindowData" top: "w" top: "l" include { phase: TRAIN }
  window_data_param { source: "w" batch_size: 4 scale: 2 crop_size: 8 } }
layer { name: "q" type: "Silence" bottom: "x" bottom: "y" bottom: "r" }
"""


@pytest.fixture
def c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.chdir(tmp_path)
    Path("net.prototxt").write_text(BOTH)
    Path("solver.prototxt").write_text('net: "net.prototxt" test_iter: 1 base_lr: 1')
    return Context("solver.prototxt")


def edited(edits: tuple[FileEdit, ...]) -> str:
    return text.apply(BOTH, [text.Edit(edit.start, edit.end, edit.new) for edit in edits])


def test_a_layer_that_serves_both_nets_is_asked_once(c: Context) -> None:
    assert [source.name for source in c.sources].count("d") == 2
    assert [(s.name, s.phase) for s in data_layers.once(c)] == [
        ("d", "TRAIN"), ("rows", "TRAIN"), ("wide", "TRAIN"), ("t", "TEST"),
    ]  # fmt: skip
    assert [s.name for s in data_layers.images(c)] == ["d", "wide", "t"]


def test_names_are_said_with_their_phase(c: Context) -> None:
    assert data_layers.names(s for s in c.sources if s.name in "dt") == (
        '"d" (TRAIN) and "d" (TEST) and "t" (TEST)'
    )


def test_one_field_of_several_layers_is_set_or_dropped_once_each(c: Context) -> None:
    images = [source for source in c.sources if source.images]
    crop = data_layers.put(images, "transform_param.crop_size", "9")
    assert len(crop) == 3  # "d" serves TRAIN and TEST, and is edited once
    assert edited(crop).count("crop_size: 9") == 3
    assert edited(crop).count("crop_size: 8 }") == 1  # WindowData's own field stays
    assert "transform_param.scale" not in edited(data_layers.drop(images, "transform_param.scale"))


def test_the_scale_is_set_where_the_type_looks_for_it(c: Context) -> None:
    wide = [source for source in c.sources if source.name in ("wide", "t")]
    assert edited(data_layers.put_scale(wide, "3")) == BOTH.replace("scale: 2", "scale: 3").replace(
        'mean_file: "m" }', 'mean_file: "m" scale: 3 }'
    )
    gone = data_layers.drop_scale(wide)
    assert len(gone) == 1 and "scale: 2" not in edited(gone)  # "t" has none


def test_the_mean_is_a_value_a_channel(c: Context, tmp_path: Path) -> None:
    d, rows, _, t = data_layers.once(c)
    assert data_layers.mean_of(rows) is None
    assert list(data_layers.mean_of(d)) == [1, 2]  # type: ignore[arg-type]
    assert data_layers.mean_field(d) == "transform_param.mean_value"
    assert data_layers.mean_field(t) == "transform_param.mean_file"
    write_blob(tmp_path / "m", np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2))
    assert list(data_layers.mean_of(t)) == [1.5, 5.5]  # type: ignore[arg-type]
    assert data_layers.says([0.123456, 104.0]) == "0.1235, 104"


def test_a_mean_file_that_is_not_there_gives_nothing(c: Context) -> None:
    assert data_layers.mean_of(data_layers.once(c)[3]) is None
