"""What errors offer: the word that was meant, the extra that is missing."""

from __future__ import annotations

import sys

import pytest

from caffe2torch.errors import EXTRAS, missing_package, nearest
from tests.conftest import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("nmae", ["name"]),
        ("AVG", ["AVE"]),
        ("num_ouput", ["num_output"]),
        ("nnum_output", ["num_output"]),
        ("convolutional", ["convolution"]),
        ("box_group_output", []),
        ("MEDIAN", []),
        ("", []),
    ],
)
def test_only_a_letter_in_four_may_differ(word: str, near: list[str]) -> None:
    words = ["name", "num_output", "convolution", "dropout", "AVE", "MIN", "MAX"]
    assert nearest(word, words) == near


def test_the_nearest_come_first() -> None:
    assert nearest("kernel_w", ["kernel_size", "kernel_h", "kernel_w"], 2) == [
        "kernel_w",
        "kernel_h",
    ]


def test_every_extra_that_is_named_brings_its_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for module, extra in EXTRAS.items():
        package = {"grpc_tools": "grpcio-tools"}.get(module, module)
        assert any(line.startswith(f"{package}>=") for line in extras[extra]), module
        assert extra in extras["all"][0]
    assert not {line.partition(">")[0] for line in project["dependencies"]} & set(EXTRAS)


def test_a_missing_package_says_what_installs_it() -> None:
    error = missing_package("openvino", "--engine openvino")
    assert str(error) == (
        "--engine openvino needs the package openvino, which is not installed "
        '→ pip install "caffe2torch[engines]"'
    )
