"""A layer type of another package, as docs/plugins.md shows it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from caffe2torch import layers
from caffe2torch.cli import cli
from caffe2torch.data import feeds
from caffe2torch.errors import UnsupportedError
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.lint import engine
from caffe2torch.module import build
from caffe2torch.module.feed import open_feed
from caffe2torch.train.solver import Solver
from tests.layers.one_layer import one_graph, run_layer


@pytest.fixture
def plugin(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page's package, installed; gives the target that the page registers for ScaledMish."""
    page = (root / "docs" / "plugins.md").read_text(encoding="utf-8")
    package = tmp_path / "my_layers"
    package.mkdir()
    (package / "__init__.py").touch()
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        name = re.match(r'"""(\w+):', code)
        assert name
        stem = {"ScaledMish": "mish", "RowsData": "rows_data"}[name[1]]
        (package / f"{stem}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    points = [
        EntryPoint(name, target, group)
        for group, body in re.findall(r'entry-points\."([^"]+)"\]\n((?:\w+ = .*\n)+)', page)
        for name, target in re.findall(r'(\w+) = "([^"]+)"', body)
    ]

    def registered(group: str) -> EntryPoints:
        return EntryPoints([point for point in points if point.group == group])

    monkeypatch.setattr("importlib.metadata.entry_points", registered)
    for forget in (layers.forget, feeds._plugins.cache_clear):
        forget()
    yield points[0].value
    for forget in (layers.forget, feeds._plugins.cache_clear):
        forget()
    for name in [name for name in sys.modules if name.startswith("my_layers")]:
        del sys.modules[name]


@pytest.mark.usefixtures("plugin")
def test_the_example_of_the_page_computes() -> None:
    x = torch.tensor([-1.0, 0.0, 2.0])
    (y,) = run_layer("ScaledMish", "power_param { scale: 2 }", x)
    torch.testing.assert_close(y, x * torch.tanh(torch.log(1 + torch.exp(2 * x))))
    layer = layers.find("ScaledMish")
    assert layer in layers.every()
    for example in layer.examples:
        graph = one_graph(layer.type, example.text, list(example.bottoms))
        assert "def mish" in build.emit(graph)


@pytest.mark.usefixtures("plugin")
def test_a_file_beside_it_can_be_named_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("anything", "my_layers.mish", "caffe2torch.layers")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: EntryPoints([point]))
    assert layers.find("ScaledMish").origin == "my lab"


def test_without_the_package_the_error_names_the_page() -> None:
    with pytest.raises(UnsupportedError, match=r"(?s)Zzyzx.*docs/plugins.md"):
        layers.find("Zzyzx")


NET = """
layer { name: "d" type: "RowsData" top: "x" top: "y"
  hdf5_data_param { source: "rows.txt" batch_size: 2 } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "p"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "p" bottom: "y" top: "loss" }
"""
SOLVER = """
net: "net.prototxt" base_lr: 0.5 lr_policy: "fixed" max_iter: 30 random_seed: 1 display: 10
snapshot_prefix: "s"
"""


@pytest.fixture
def rows(plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a solver that trains on three rows of numbers, as the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("rows.txt").write_text("1 0 0\n0 1 1\n1 1 2\n")
    Path("net.prototxt").write_text(NET)
    Path("solver.prototxt").write_text(SOLVER)
    return tmp_path


@pytest.mark.usefixtures("rows")
def test_a_data_source_of_another_package_is_trained_on() -> None:
    solver = Solver(upgrade.read_solver("solver.prototxt"))
    batch = solver.train.batch()
    assert batch["x"].tolist() == [[1, 0], [0, 1]]
    assert batch["y"].tolist() == [0, 1]
    assert solver.train.batch()["y"].tolist() == [2, 0]
    first = solver.train.loss(solver.train.run()).item()
    solver.step(30)
    solver.close()
    assert solver.loss < first / 2


@pytest.mark.usefixtures("rows")
def test_its_state_is_that_of_the_run() -> None:
    with open_feed(build_graph(upgrade.read_net("net.prototxt"), phase="TRAIN")) as feed:
        next(feed)
        state = feed.state()
        wanted = next(feed)["y"].tolist()
        feed.restore(state)
        assert next(feed)["y"].tolist() == wanted == [2, 0]


@pytest.mark.usefixtures("rows")
def test_it_is_linted_and_inspected_like_any_other() -> None:
    assert not [f for f in engine.lint_file("solver.prototxt") if f.severity == "error"]
    Path("rows.txt").write_text("1 0 0\n0 1 7\n1 1 2\n")
    codes = [f.code for f in engine.lint_file("solver.prototxt")]
    assert "C2T112" in codes, "label 7 for 3 scores"
    Path("rows.txt").unlink()
    missing = [f for f in engine.lint_file("solver.prototxt") if f.code == "C2T111"]
    assert "does not exist" in missing[0].text


@pytest.mark.usefixtures("rows")
def test_it_is_inspected_with_its_shapes() -> None:
    result = CliRunner().invoke(cli, ["inspect", "net.prototxt"])
    assert result.exit_code == 0, result.output
    assert "RowsData" in result.output


def test_a_package_cannot_replace_a_source_of_caffes(plugin: str) -> None:
    assert plugin
    assert feeds.find("Data").__module__ == "caffe2torch.data.feeds.data"
    assert not feeds.known("Input")
    assert not feeds.known("ScaledMish")
