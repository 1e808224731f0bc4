"""Data layers that turn images grey: which field does it, and whether there is colour to lose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.lint import greying
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

GREY = "is_color: false"


def check(tmp_path: Path, fields: str, transform: str = "", tint: int | None = None) -> Finding:
    """The finding about listed images whose blue is `tint` above their red; None: they are gone."""
    if tint is not None:
        pixels = np.full((6, 6, 3), 100, np.uint8)
        pixels[..., 2] += tint
        Image.fromarray(pixels).save(tmp_path / "a.png")
        (tmp_path / "list").write_text(f"{tmp_path}/a.png 0\n")
    net = tmp_path / "net.prototxt"
    net.write_text(
        'layer { name: "d" type: "ImageData" top: "x" top: "y"\n'
        f'  image_data_param {{ source: "{tmp_path}/list" batch_size: 4 {fields} }}\n'
        f"  transform_param {{ {transform} }} }}\n"
    )
    (source,) = Context(str(net)).sources
    return next(greying.check(source), Finding("nothing"))


def test_it_is_a_fault_where_colour_is_stored(tmp_path: Path) -> None:
    one = check(tmp_path, GREY, tint=3)
    assert one.message == 'is_color turns the images of "d" (TEST) grey'
    assert (one.severity, one.why) == ("warning", "they are stored in colour")
    assert one.fix is not None and one.fix.title == "d without is_color"


@pytest.mark.parametrize("tint", [0, 2])
def test_up_to_2_grey_levels_between_blue_and_red_are_no_colour(tmp_path: Path, tint: int) -> None:
    assert check(tmp_path, GREY, tint=tint).message == "nothing"


def test_of_images_that_are_gone_it_is_worth_knowing(tmp_path: Path) -> None:
    one = check(tmp_path, GREY)
    assert (one.severity, one.why) == ("info", "")


def test_colour_images_as_they_are(tmp_path: Path) -> None:
    assert check(tmp_path, "is_color: true", tint=50).message == "nothing"


def test_three_means_are_for_colour(tmp_path: Path) -> None:
    one = check(tmp_path, GREY, "mean_value: [104, 117, 123]")
    assert one.message == 'is_color turns the images of "d" (TEST) grey beside 3 mean_value'
    assert (one.severity, one.rank) == ("error", 12)
    assert check(tmp_path, GREY, "mean_value: 117").severity == "info"


def test_both_ways_at_once(tmp_path: Path) -> None:
    one = check(tmp_path, "", "force_gray: true force_color: true")
    assert "force_color and force_gray are both set" in one.message
    assert (one.severity, one.rank, one.about) == ("error", 14, "d")
    assert one.fix is not None and one.fix.title == "d without force_gray"
