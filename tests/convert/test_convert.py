"""From a request to files: what is read, what is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.convert import convert
from caffe2torch.convert.convert import Request, prepare, written
from caffe2torch.errors import DataError, GraphError, UnsupportedError
from tests.convert.families import head, ip
from tests.convert.one_net import converted

NET = head("n", 2, 3) + ip("a", "data", 4)


def names(pairs: object) -> list[str]:
    return [path.name for path, _ in pairs]  # type: ignore[attr-defined]


def test_a_folder_gets_a_file_a_target_and_a_file_has_the_others_beside_it(tmp_path: Path) -> None:
    conversion = converted(tmp_path, NET)
    targets = ["safetensors", "prototxt"]
    both = ["n.safetensors", "n.prototxt"]
    assert names(written(conversion, targets, tmp_path / "out")) == both
    assert names(written(conversion, targets, tmp_path / "m.prototxt")) == [
        "m.safetensors",
        "m.prototxt",
    ]
    (tmp_path / "n.prototxt").mkdir()
    assert names(written(conversion, targets, tmp_path / "n.prototxt")) == both


def test_files_of_others_stop_it_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "n.prototxt").write_text("precious")
    conversion = converted(tmp_path, NET)
    with pytest.raises(DataError, match=r"n\.prototxt"):
        list(written(conversion, ["safetensors", "prototxt"], tmp_path / "out"))
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["n.prototxt"]
    files = written(conversion, ["safetensors", "prototxt"], tmp_path / "out", force=True)
    assert len(list(files)) == 2


def test_a_missing_package_costs_its_target_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        convert, "missing_packages", lambda module: "quux" if module.SUFFIX == ".prototxt" else ""
    )
    conversion = converted(tmp_path, NET)
    notes = [note for _, note in written(conversion, ["prototxt", "safetensors"], tmp_path / "o")]
    assert notes[0] == "not written: it needs quux; pip install quux"
    assert conversion.failed and (tmp_path / "o" / "n.safetensors").is_file()
    with pytest.raises(UnsupportedError, match="prototxt needs a package") as caught:
        list(written(conversion, ["prototxt"], tmp_path / "o"))
    assert caught.value.hint == "pip install quux"


def request(tmp_path: Path, text: str = NET, **options: object) -> Request:
    path = tmp_path / "net.prototxt"
    path.write_text(text)
    return Request(path, **options)  # type: ignore[arg-type]


def test_a_state_without_layers_is_refused(tmp_path: Path) -> None:
    only = NET.replace('type: "Input"', 'type: "Input" include { phase: TRAIN }').replace(
        'type: "InnerProduct"', 'type: "InnerProduct" include { phase: TRAIN }'
    )
    with pytest.raises(DataError, match="has no layers in this state"):
        prepare(request(tmp_path, only, phase="TEST"))


def test_shapes_of_inputs_are_those_that_are_asked_for(tmp_path: Path) -> None:
    wide = prepare(request(tmp_path, input_shapes={"data": (7, 5)}))
    assert wide.graph.shapes == {"data": (7, 5), "a": (7, 4)}
    with pytest.raises(GraphError, match='no input "image"') as caught:
        prepare(request(tmp_path, input_shapes={"image": (7, 5)}))
    assert caught.value.hint == "inputs: data"


def test_an_end_that_others_read_is_an_output_too(tmp_path: Path) -> None:
    chain = NET + ip("b", "a", 2) + ip("c", "b", 2)
    part = prepare(request(tmp_path, chain, begin=("a",), end=("b", "c")))
    assert part.graph.inputs == ["a"] and part.graph.outputs == ["b", "c"]
