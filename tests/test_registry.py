"""Parts are found by file name, and a mistake is refused with the names at fault."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import caffe2torch
from caffe2torch.errors import Span, UnsupportedError
from caffe2torch.registry import Registry, declared, fold


@pytest.fixture
def fruits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A package of three parts; importing `red_pear` is a fault."""
    folder = tmp_path / "fruits"
    folder.mkdir()
    for name, text in {
        "__init__": "",
        "base": "",
        "_private": "",
        "apple": "taste = 'sweet'",
        "prelu": "taste = 'sour'",
        "red_pear": "raise RuntimeError('imported without being asked for')",
    }.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("fruits", "fruit")
    for module in [m for m in sys.modules if m.partition(".")[0] == "fruits"]:
        del sys.modules[module]


def test_names_are_the_files_without_base_and_private_ones(fruits: Registry) -> None:
    assert fruits.names() == ["apple", "prelu", "red_pear"]


def test_listing_imports_no_part(fruits: Registry) -> None:
    fruits.names()
    assert "RedPear" in fruits
    assert "fruits.red_pear" not in sys.modules


@pytest.mark.parametrize("name", ["PReLU", "prelu", "PRELU", "p_relu"])
def test_find_ignores_case_and_underscores(fruits: Registry, name: str) -> None:
    assert fruits.find(name).taste == "sour"


@pytest.mark.parametrize(
    ("type_", "stem"),
    [
        ("InnerProduct", "inner_product"),
        ("LRN", "lrn"),
        ("TanH", "tanh"),
        ("ROIPooling", "roi_pooling"),
        ("SoftmaxWithLoss", "softmax_with_loss"),
        ("HDF5Data", "hdf5_data"),
        ("LSTMUnit", "lstm_unit"),
        ("Im2col", "im2col"),
        ("PSROIPooling", "psroi_pooling"),
    ],
)
def test_caffe_names_and_file_names_fold_to_the_same_key(type_: str, stem: str) -> None:
    assert fold(type_) == fold(stem)


def test_an_unknown_name_suggests_the_nearest_at_its_place(fruits: Registry) -> None:
    with pytest.raises(UnsupportedError) as caught:
        fruits.find("aple", Span("net.prototxt", 3, 5))
    assert str(caught.value) == 'net.prototxt:3:5: unknown fruit "aple" → did you mean "apple"?'


def test_an_unknown_name_near_to_none_lists_all(fruits: Registry) -> None:
    with pytest.raises(UnsupportedError, match="known: apple, prelu, red_pear"):
        fruits.find("xyz")


def test_two_files_for_one_name_are_refused_naming_both(fruits: Registry, tmp_path: Path) -> None:
    (tmp_path / "fruits" / "redpear.py").write_text("")
    with pytest.raises(TypeError, match=r"red_pear\.py and .*redpear\.py"):
        fruits.names()


def test_all_imports_every_part(fruits: Registry) -> None:
    with pytest.raises(RuntimeError, match="imported without being asked for"):
        list(fruits.all())


def test_the_classes_that_a_module_declares_itself() -> None:
    """Imported classes, and those of another kind, are not among them."""
    from caffe2torch.layers import tanh
    from caffe2torch.layers.base import Layer

    assert declared(tanh, Layer) == [tanh.TanH]
    assert declared(tanh, Exception) == []


def test_classes_are_found_in_this_way_alone() -> None:
    package = Path(caffe2torch.__file__).parent
    finders = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "vars(module).values()" in path.read_text(encoding="utf-8")
    ]
    assert finders == ["registry.py"]
