"""Exported programs observed: the last operation of each submodule."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
import torch
from torch import fx, nn

from caffe2torch.convert.observers import exported, observe
from caffe2torch.errors import DataError
from tests.convert.families import head, ip, relu
from tests.convert.one_net import converted

NET = head("n", 2, 3) + ip("a", "data", 4) + relu("r", "a") + ip("b", "a", 2)


def operations(*stacks: dict[str, tuple[str, type]] | None) -> fx.Graph:
    """A graph of one operation a stack of submodule calls."""
    graph = fx.Graph()
    value = graph.placeholder("x")
    for stack in stacks:
        value = graph.call_function(torch.relu, (value,))
        value.meta["nn_module_stack"] = stack
    return graph


def test_the_last_operation_of_each_call_gives_the_result_of_its_submodule() -> None:
    """A stack holds the calls from the net inwards: key of the call -> path and class."""
    net = {"": ("", nn.Module)}
    first, again = ({**net, key: ("a", nn.Linear)} for key in ("a", "a@1"))
    inner = {**first, "b": ("a.b", nn.Linear)}
    graph = operations(first, inner, first, again, net, None)
    names = [(node.name, path) for node, path in exported._last_calls(graph).items()]
    assert names == [("relu_2", "a"), ("relu_1", "a.b"), ("relu_3", "a")]


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    subject = converted(tmp_path, NET, phase="TEST")
    path = tmp_path / "n.pt2"
    path.write_text("no archive")
    with pytest.raises(DataError, match="it is no archive"):
        observe(path, subject)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(DataError, match=r"n\.pt2 cannot be "):
        observe(path, subject)


class Doubled(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((x, x)) * self.weight


@pytest.fixture
def program(tmp_path: Path) -> Path:
    batch = torch.export.Dim("N", min=2)
    exported_program = torch.export.export(
        Doubled(), (torch.ones(4, 3),), dynamic_shapes=({0: batch},)
    )
    torch.export.save(exported_program, tmp_path / "good.pt2")
    return tmp_path / "good.pt2"


def changed(path: Path, changes: dict[str, bytes], packed: bool = False) -> Path:
    """A copy of an archive with other records, by the ends of their names."""
    copy = path.with_name("bad.pt2")
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", kind) as new:
        for name in old.namelist():
            given = [data for end, data in changes.items() if name.endswith(end)]
            new.writestr(name, given[0] if given else old.read(name))
    return copy


def test_a_program_of_ours_is_read(program: Path) -> None:
    before = os.environ.get(exported.WEIGHTS_ONLY)
    assert exported._load(program)(torch.ones(6, 3)).shape == (12, 3)
    assert os.environ.get(exported.WEIGHTS_ONLY) == before


def test_pickles_in_a_program_run_no_code(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(program.parent)
    pickled = b"cos\nsystem\n(S'touch owned'\ntR."
    with zipfile.ZipFile(program) as archive:
        name = next(n for n in archive.namelist() if n.endswith("model_weights_config.json"))
        config = json.loads(archive.read(name))
    for payload in config["config"].values():
        payload["use_pickle"] = True
    changes = {
        "model_weights_config.json": json.dumps(config).encode(), "weight_0": pickled,
        "sample_inputs/model.pt": pickled,
    }  # fmt: skip
    with pytest.raises(DataError, match="cannot be read"):
        exported._load(changed(program, changes))
    assert not Path("owned").exists()


def test_sizes_in_a_program_are_arithmetic(program: Path) -> None:
    with zipfile.ZipFile(program) as archive:
        name = next(n for n in archive.namelist() if n.endswith("models/model.json"))
        text = archive.read(name).decode()
    begin = '"expr_str": "'
    assert begin + "Symbol('s" in text
    for sly in ("__import__('os').getpid() + ", "(9)**9**999 + ", "Pow(9, Pow(9, 999)) + "):
        other = text.replace(begin, begin + sly).encode()
        with pytest.raises(DataError, match="a size is no arithmetic"):
            exported._load(changed(program, {"models/model.json": other}))
    with pytest.raises(DataError, match="nested too deeply"):
        exported._load(changed(program, {"models/model.json": b"[" * 100_000}))


def test_packed_and_damaged_programs_are_refused(
    program: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataError, match="is packed"):
        exported._load(changed(program, {}, packed=True))
    whole = program.read_bytes()
    for size in range(0, len(whole), max(1, len(whole) // 12)):
        program.write_bytes(whole[:size])
        with pytest.raises(DataError, match="cannot be read"):
            exported._load(program)
    assert "Traceback" not in capfd.readouterr().err
