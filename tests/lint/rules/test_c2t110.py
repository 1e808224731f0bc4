"""C2T110 crop-too-large."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
from tests.lint.databases import image_data, pictures

CODE = "C2T110"

SCALE = "scale: 0.00390625"


def test_larger_than_the_records(folder: Folder) -> None:
    folder.net({SCALE: f"{SCALE}\n    crop_size: 9"})
    fires(folder, CODE, "crop_size 9", "the records are 8 x 8", severity="error")
    assert not only(folder.lint(), "C2T003"), "said twice"


def test_larger_than_resized_images(folder: Folder) -> None:
    lines = [f"{name} 1" for name in pictures(folder, size=20)]
    image_data(folder, lines, "new_height: 10 new_width: 12")
    folder.net({"transform_param { scale: 0.00390625 }": "transform_param { crop_size: 12 }"})
    fires(folder, CODE, "crop_size 12", "resized to 10 x 12")


def test_smaller(folder: Folder) -> None:
    check_noop(folder.net({SCALE: f"{SCALE}\n    crop_size: 8"}), CODE)


def test_none(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_unknown_size(folder: Folder) -> None:
    folder.net({"digits_train": "other", "digits_test": "else", SCALE: f"{SCALE} crop_size: 227"})
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    folder.net({SCALE: f"{SCALE}\n    crop_size: 9 # too much"})
    assert "crop_size: 8 # too much" in check_fixed(folder, CODE)["train_val.prototxt"]
