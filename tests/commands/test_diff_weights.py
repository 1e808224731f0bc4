"""`c2t diff-weights` compares weights of any kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from tests.conftest import GOLDEN

NETS = GOLDEN / "nets"


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["diff-weights", *map(str, args)])


@pytest.fixture(scope="module", params=["residual", "siamese", "captioner"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One net's weights in four kinds of file, the last two with folded BatchNorms."""
    folder, stem = tmp_path_factory.mktemp("weights"), request.param
    model = NETS / f"{stem}_train_l0.caffemodel"
    command = [
        "convert",
        str(NETS / f"{stem}.prototxt"),
        "--weights",
        str(model),
        "--phase",
        "TEST",
    ]
    command += ["-o", str(folder), "--to", "safetensors,state-dict"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    return [model, Path(f"{model}.h5"), folder / f"{stem}.safetensors", folder / f"{stem}.pt"]


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_any_mix_of_kinds_is_equal(files: list[Path], first: int, second: int) -> None:
    result = run(files[first], files[second], "--tolerance", 1e-6)
    if "siamese" in files[0].name and {first, second} == {0, 1}:
        assert "only in" in result.stdout  # HDF5 holds shared blobs under their owner alone
        return
    assert result.exit_code == 0, result.stdout
    assert result.stdout.endswith("none differ\n")


def test_differences_are_named_and_measured(tmp_path: Path) -> None:
    one = {"a.weight": torch.zeros(2, 2), "a.bias": torch.zeros(2), "b.weight": torch.ones(3)}
    other = {"a.weight": torch.tensor([[0.0, 0.5], [0.0, -1.0]]), "a.bias": torch.zeros(2)}
    torch.save(one, tmp_path / "one.pt")
    torch.save(other | {"c.weight": torch.ones(1)}, tmp_path / "other.pt")
    result = run(tmp_path / "one.pt", tmp_path / "other.pt")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "a  max 1, mean 0.25",
        "b  only in one.pt",
        "c  only in other.pt",
        "3 layers, 3 differ",
    ]
    assert run(tmp_path / "one.pt", tmp_path / "one.pt").exit_code == 0


def test_the_tolerance_decides(tmp_path: Path) -> None:
    for name, value in (("one", 1.0), ("other", 1.01)):
        torch.save({"a.weight": torch.full((2,), value)}, tmp_path / f"{name}.pt")
    files = tmp_path / "one.pt", tmp_path / "other.pt"
    assert run(*files).exit_code == 1
    assert run(*files, "--tolerance", 0.02).exit_code == 0


def test_json_and_shapes(tmp_path: Path) -> None:
    torch.save({"a.weight": torch.ones(2, 3)}, tmp_path / "one.pt")
    torch.save({"a.weight": torch.ones(3, 3)}, tmp_path / "other.pt")
    result = run(tmp_path / "one.pt", tmp_path / "other.pt", "--json")
    (row,) = json.loads(result.stdout)
    assert row["why"] == "shapes [(2, 3)] and [(3, 3)]"
    assert result.exit_code == 1


def test_a_file_that_is_no_weights_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "x.caffemodel"
    path.write_text("not weights")
    result = run(path, path)
    assert result.exit_code == 2
    assert "fault of caffe2torch" not in result.stderr
