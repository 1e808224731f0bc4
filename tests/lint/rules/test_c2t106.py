"""C2T106 phase-transform-mismatch."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T106"


def test_scale_in_train_only(folder: Folder) -> None:
    text = chain().replace("scale: 0.015625", "@", 1).replace("scale: 0.015625", "")
    folder.write(net=text.replace("@", "scale: 0.015625"))
    fires(folder, CODE, "scale 0.015625", "scale 1", severity="error")
    texts = check_fixed(folder, CODE)
    assert texts["train_val.prototxt"].count("scale: 0.0156") == 2


def test_mean_in_test_only(folder: Folder) -> None:
    text = chain().replace('mean_file: "mean.binaryproto"', "", 1)
    fires(folder.write(net=text), CODE, "no mean", "mean.binaryproto")


def test_mean_in_train_only_is_fixed(folder: Folder) -> None:
    mean = 'mean_file: "mean.binaryproto"'
    head, tail = chain().split(mean, 1)
    folder.write(net=head + mean + tail.replace(mean, ""))
    texts = check_fixed(folder, CODE)
    assert texts["train_val.prototxt"].count(mean) == 2


@pytest.mark.parametrize("more", ["", "mirror: true"])
def test_augmentation_may_differ(folder: Folder, more: str) -> None:
    text = chain().replace("  transform_param {\n", "  transform_param {\n    " + more + "\n", 1)
    check_noop(folder.write(net=text), CODE)


def test_another_crop_is_a_warning(folder: Folder) -> None:
    text = chain().replace("  transform_param {\n", "  transform_param { crop_size: 8\n", 1)
    head, tail = text.split("TEST", 1)
    tail = tail.replace("  transform_param {\n", "  transform_param { crop_size: 6\n", 1)
    fires(
        folder.write(net=f"{head}TEST{tail}"), CODE, "crop_size 8", "6 in TEST", severity="warning"
    )


def test_two_files(folder: Folder) -> None:
    """Layers of the same number in two files are two layers."""
    train, test = folder.path / "train.prototxt", folder.path / "test.prototxt"
    text = folder.net_file.read_text(encoding="utf-8")
    first, second = text.index("layer {"), text.index("layer {", text.index("layer {") + 1)
    third = text.index("layer {", second + 1)
    train.write_text(text[:second] + text[third:], encoding="utf-8")
    test.write_text(text[:first] + text[second:].replace("scale:", "scale: 7 #"), encoding="utf-8")
    nets = 'train_net: "train.prototxt" test_net: "test.prototxt"'
    folder.solver({'net: "train_val.prototxt"': nets})
    fires(folder, CODE, "scale 7", severity="error")
