"""The one search for a file that a solver or net names."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.data.paths import Place, locate, places, resolve


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`caffe/models/x` holds the file that names others; the working directory is beside caffe."""
    (tmp_path / "caffe" / "models" / "x").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_each_place_of_the_search_goes_before_the_next(tree: Path) -> None:
    base = tree / "caffe" / "models" / "x"
    path = "models/x/net.prototxt"
    assert locate(path, str(base)) is None
    last = put(base / "net.prototxt").rename(base / "n")  # below caffe it would be found too
    assert locate("elsewhere/n", str(base)) == Place(str(last), bare=True)
    above = put(tree / "caffe" / "models" / "x" / "net.prototxt")
    assert locate(path, str(base)) == Place(str(above))
    nearer = put(tree / "caffe" / "models" / "models" / "x" / "net.prototxt")
    assert locate(path, str(base)) == Place(str(nearer))
    beside = put(base / path)
    assert locate(path, str(base)) == Place(str(beside))
    put(tree / "work" / path)
    assert locate(path, str(base)) == Place(path)


def test_a_relative_base_gives_a_relative_path(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "caffe")
    put(tree / "caffe" / "models" / "y" / "net")
    assert locate("y/net", "models/x") == Place("models/y/net")


@pytest.mark.parametrize(
    "path", ["/home/somebody/net", "C:\\caffe\\net", "a\\net", "~/net", "../../a/net", "a/net/"]
)
def test_the_bare_name_is_that_of_any_system(tree: Path, path: str) -> None:
    base = tree / "caffe" / "models" / "x"
    put(base / "net")
    assert locate(path, str(base)) == Place(str(base / "net"), bare=True)
    assert locate(path, str(base), bare=False) is None


@pytest.mark.parametrize("path", ["", ".", "a/..", "/", "nul\0in it"])
def test_what_is_no_name_is_nowhere_under_its_bare_name(tree: Path, path: str) -> None:
    place = locate(path, str(tree / "caffe"))
    assert place is None or not place.bare


def test_without_a_base_only_the_working_directory_counts(tree: Path) -> None:
    put(tree / "net")
    assert locate("net") is None
    assert locate("x/net", "") is None
    assert resolve("net") == "net"


@pytest.mark.parametrize(
    ("path", "base", "said"),
    [
        ("a/net", None, "looked in {work}"),
        ("net", "", "looked in {work}"),
        ("net", ".", "looked in {work} and in the folders above it"),
        ("a/net", ".", 'looked in {work} (for "net" too) and in the folders above it'),
        ("net", "../x", "looked in {work}, in {top}/x and in the folders above it"),
        (
            "a/net",
            "{top}/x",
            'looked in {work}, in {top}/x (for "net" too) and in the folders above it',
        ),
        ("/a/net", "../x", 'looked at /a/net, and for "net" in {top}/x'),
        ("{top}/x/net", "../x", "looked at {top}/x/net"),
        ("/a/net", None, "looked at /a/net"),
    ],
)
def test_the_message_names_no_folder_twice(
    tree: Path, path: str, base: str | None, said: str
) -> None:
    known = {"work": str(tree / "work"), "top": str(tree)}
    text = places(path.format(**known), base.format(**known) if base else base)
    assert text == said.format(**known)


def test_a_dash_that_a_file_names_is_no_standard_input(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve("-") == "./-"
    (tmp_path / "-").write_text("x")
    assert locate("-") == Place("./-")
