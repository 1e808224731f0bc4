"""A solver of any form is told, and refused at the place where it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from caffe2torch.errors import C2TError
from caffe2torch.format import schema, upgrade
from caffe2torch.inspect import Report, inspect_file


def solver(folder: Path, text: str) -> Report:
    (folder / "solver").write_text(text)
    return inspect_file(folder / "solver")


def test_an_old_and_a_binary_solver_are_told_alike(tmp_path: Path) -> None:
    text = 'solver_type: ADAM base_lr: 0.1 lr_policy: "inv" gamma: 0.5 power: 1 max_iter: 9'
    old = solver(tmp_path, text).json
    message = upgrade.read_solver(tmp_path / "solver").message
    schema.write_binary(message, tmp_path / "binary")
    new = inspect_file(tmp_path / "binary").json
    assert old["type"] == new["type"] == "Adam"
    assert old["rates"] == new["rates"]


def test_a_net_inside_the_solver_is_no_net(tmp_path: Path) -> None:
    report = solver(
        tmp_path,
        'base_lr: 1 lr_policy: "fixed" max_iter: 1 net_param { layer { name: "d" '
        'type: "DummyData" top: "d" dummy_data_param { shape { dim: 3 dim: 2 } } } }',
    )
    assert report.kind == "solver"
    assert report.json["nets"][0]["parameters"] == 0


def test_a_broken_solver_is_refused_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(C2TError) as raised:
        solver(tmp_path, 'base_lr: 1\nlr_policy: "step\n')
    assert f"{tmp_path / 'solver'}:2:" in str(raised.value)


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    report = solver(
        tmp_path, 'base_lr: 0.01 lr_policy: "step" gamma: 0.1 stepsize: 10 max_iter: 40'
    )
    assert report.picture is not None
    assert report.picture(tmp_path / "rate.png") == "the rate over the iterations"
    with Image.open(tmp_path / "rate.png") as image:
        assert image.format == "PNG"
        assert min(image.size) > 200
