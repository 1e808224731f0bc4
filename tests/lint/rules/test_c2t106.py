"""C2T106 phase-transform-mismatch."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.data.mean import read_mean, save_mean
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


def test_files_of_other_names_that_are_not_here(folder: Folder) -> None:
    folder.net({"mean.binaryproto": "gone.binaryproto"})
    head, tail = folder.net_file.read_text().split("gone", 1)
    folder.write(net=head + "gone_40x40" + tail)
    finding = fires(folder, CODE, "gone_40x40.binaryproto", "not known", severity="info")
    assert finding.fix is None


def test_a_mean_of_padded_pictures_is_the_same(folder: Folder) -> None:
    """TRAIN crops 8 × 8 of digits with a border of 2; TEST reads them without one."""
    mean = read_mean("mean.binaryproto")
    save_mean(folder.path / "padded.binaryproto", np.pad(mean, ((0, 0), (2, 2), (2, 2))))
    head, tail = folder.net_file.read_text().split('mean_file: "mean', 1)
    folder.write(net=f'{head}crop_size: 8 mean_file: "padded{tail}')
    check_noop(folder, CODE)


@pytest.mark.parametrize(
    ("off", "severity"), [(10, ""), (18, "info"), (30, "warning"), (110, "error")]
)
def test_how_far_the_means_are_apart(folder: Folder, off: int, severity: str) -> None:
    """The digits' standard deviation is 96 of 255 grey levels."""
    save_mean(folder.path / "other.binaryproto", read_mean("mean.binaryproto") + off)
    head, tail = folder.net_file.read_text().split('mean_file: "mean', 1)
    folder.write(net=f'{head}mean_file: "other{tail}')
    if severity:
        fires(folder, CODE, severity=severity)
    else:
        check_noop(folder, CODE)


@pytest.mark.parametrize(
    ("scale", "severity"), [("0.0039", ""), ("0.005", "warning"), ("1", "error")]
)
def test_how_far_the_scales_are_apart(folder: Folder, scale: str, severity: str) -> None:
    head, tail = folder.net_file.read_text().split("scale: 0.00390625", 1)
    folder.write(net=f"{head}scale: {scale}{tail}")
    if severity:
        fires(folder, CODE, f"scale {scale}", severity=severity)
    else:
        check_noop(folder, CODE)


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
