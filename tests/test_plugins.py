"""A layer type of another package, as docs/plugins.md shows it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
import torch

from caffe2torch import layers
from caffe2torch.errors import UnsupportedError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, run_layer


@pytest.fixture
def plugin(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page's package, installed; gives the target that the page registers."""
    page = (root / "docs" / "plugins.md").read_text(encoding="utf-8")
    package = tmp_path / "my_layers"
    package.mkdir()
    (package / "__init__.py").touch()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (package / "mish.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    (group, target) = re.findall(r'entry-points\."([^"]+)"\]\nMish = "([^"]+)"', page)[0]

    def found(**wanted: str) -> EntryPoints:
        point = EntryPoint("Mish", target, group)
        return EntryPoints([point] if wanted == {"group": group} else [])

    monkeypatch.setattr("importlib.metadata.entry_points", found)
    layers.find.cache_clear()
    layers.every.cache_clear()
    yield target
    layers.find.cache_clear()
    layers.every.cache_clear()
    for name in [name for name in sys.modules if name.startswith("my_layers")]:
        del sys.modules[name]


@pytest.mark.usefixtures("plugin")
def test_the_example_of_the_page_computes() -> None:
    x = torch.tensor([-1.0, 0.0, 2.0])
    (y,) = run_layer("Mish", "power_param { scale: 2 }", x)
    torch.testing.assert_close(y, x * torch.tanh(torch.log(1 + torch.exp(2 * x))))
    layer = layers.find("Mish")
    assert layer in layers.every()
    for example in layer.examples:
        graph = one_graph(layer.type, example.text, list(example.bottoms))
        assert "def mish" in build.emit(graph)


@pytest.mark.usefixtures("plugin")
def test_a_file_beside_it_can_be_named_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("anything", "my_layers.mish", "caffe2torch.layers")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: EntryPoints([point]))
    assert layers.find("Mish").origin == "my lab"


def test_without_the_package_the_error_names_the_page() -> None:
    with pytest.raises(UnsupportedError, match=r"(?s)Zzyzx.*docs/plugins.md"):
        layers.find("Zzyzx")
