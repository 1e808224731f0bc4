"""Fields of data_param that Caffe reads in transform_param only: which are lost, and the move."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.format import text
from caffe2torch.lint import data_layers, moved_fields
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

LAYER = """\
layer { name: "%s" type: "%s" top: "%s" include { phase: %s }
  data_param { source: "s" batch_size: 4 %s }%s }
"""


def lost(tmp_path: Path, *layers: str) -> list[Finding]:
    net = tmp_path / "net.prototxt"
    net.write_text("".join(layers))
    solver = tmp_path / "solver.prototxt"
    solver.write_text(f'net: "{net}" test_iter: 1 base_lr: 1')
    c = Context(str(solver))
    return list(moved_fields.lost(c, data_layers.once(c)))


def data(fields: str, transform: str = "", name: str = "d", phase: str = "TRAIN") -> str:
    return LAYER % (name, "Data", "x", phase, fields, transform)


def cured(source: str, finding: Finding) -> str:
    assert finding.fix is not None
    return text.apply(source, [text.Edit(e.start, e.end, e.new) for e in finding.fix.edits])


def test_values_are_moved_as_they_are_written(tmp_path: Path) -> None:
    source = data('scale: 0.00390625 mean_file: "a, b.npy" mirror: true crop_size: 227')
    (one,) = lost(tmp_path, source)
    says = 'scale: 0.00390625, mean_file: "a, b.npy", crop_size: 227, mirror: true'
    assert one.message == f'data_param of "d" (TRAIN) holds {says}, which Caffe ignores here'
    assert one.severity == "warning" and one.about == "d"
    moved = 'scale: 0.00390625 mean_file: "a, b.npy" crop_size: 227 mirror: true'
    assert f"transform_param {{ {moved} }}" in cured(source, one)
    assert 'data_param { source: "s" batch_size: 4 }' in cured(source, one)


def test_a_transform_that_is_there_is_joined_and_not_overwritten(tmp_path: Path) -> None:
    source = data("scale: 0.5 crop_size: 9", " transform_param { crop_size: 8 }")
    (one,) = lost(tmp_path, source)
    assert "holds scale: 0.5, crop_size: 9," in one.message
    assert cured(source, one).endswith("{ crop_size: 8 scale: 0.5 } }\n")


def test_layers_that_lose_the_same_are_one_finding(tmp_path: Path) -> None:
    alike = [data("scale: 0.5", name=name, phase=p) for name, p in (("d", "TRAIN"), ("t", "TEST"))]
    (one,) = lost(tmp_path, *alike)
    assert 'of "d" (TRAIN) and "t" (TEST) holds scale: 0.5' in one.message
    assert cured("".join(alike), one).count("transform_param { scale: 0.5 }") == 2
    assert len(lost(tmp_path, alike[0], data("scale: 2", name="t", phase="TEST"))) == 2


@pytest.mark.parametrize(
    "layer",
    [
        data("scale: 1"),  # the default
        data("mirror: true", " transform_param { mirror: true }"),  # said twice alike
        data("rand_skip: 3"),  # has no successor
        LAYER.replace("data_param", "window_data_param") % ("w", "WindowData", "x", "TRAIN",
                                                            "scale: 0.5", ""),
    ],
)  # fmt: skip
def test_nothing_is_lost(tmp_path: Path, layer: str) -> None:
    assert lost(tmp_path, layer) == []


NET = """\
layer { name: "ip" type: "Convolution" bottom: "x" top: "ip" convolution_param
  { num_output: 4 kernel_size: 8 weight_filler { type: "gaussian" std: 0.1 } } }
layer { name: "l" type: "SoftmaxWithLoss" bottom: "ip" bottom: "y" top: "l" }
"""


@pytest.mark.parametrize(("scale", "grade"), [("0.01", "error"), ("0.9", "warning")])
def test_a_lost_scale_is_an_error_where_the_signal_explodes_without_it(
    tmp_path: Path, scale: str, grade: str
) -> None:
    """Logits of std ~√192 · 0.1 · 130 = 190; a hundredth of it would train, nine tenths not."""
    source = data(f"scale: {scale}", " transform_param { crop_size: 8 }")
    (one,) = lost(tmp_path, source.replace('top: "x"', 'top: "x" top: "y"'), NET)
    assert one.severity == grade
