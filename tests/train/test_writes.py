"""What a run writes: where it may, what it may replace, and the line that says so."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch import outputs
from caffe2torch.errors import C2TError, SolverError
from caffe2torch.format.upgrade import parse_solver
from caffe2torch.graph.model import Graph
from caffe2torch.train.settings import Settings
from caffe2torch.train.writes import check_layers, check_places, permit_of, shown
from tests.graph.nets import DATA, graph

WRITER = (
    'layer { name: "o" type: "HDF5Output" bottom: "data" bottom: "data"\n'
    '  hdf5_output_param { file_name: "%s" } }\n'
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_the_run_folder_is_permitted_beside_the_solvers_and_the_working_one(here: Path) -> None:
    settings = Settings(str(here.parent / "s.prototxt"), run_dir="../runs", force=True)
    permit = permit_of(settings)
    assert permit.folders == (here, here.parent, here.parent / "runs")
    assert (permit.outside, permit.force) == (False, True)
    assert permit_of(Settings("s.prototxt")).folders == (here, here)


def refused(prefix: str, folder: str = "run", new: bool = True) -> str:
    solver = parse_solver(f'net: "n"\nsnapshot_prefix: "{prefix}"', "s.prototxt")
    try:
        with outputs.permitted(outputs.Permit((Path.cwd(),))):
            check_places(solver, Path(folder), new)
    except SolverError as error:
        assert str(error).startswith("s.prototxt:2:1: ")
        return error.message
    return ""


def test_prefix_and_run_folder_must_lie_inside(here: Path) -> None:
    assert refused("s") == ""
    assert refused("../s").startswith('snapshot_prefix "../s_iter_N" leads out of')
    assert refused("s", "../run").startswith('the run folder\'s "../run/train.log" leads out of')


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("s_iter_1.caffemodel", b"\x0a\x03net", b'name: "net"'),
        ("s_iter_1.caffemodel.h5", b"\x89HDF\r\n", b"\x0a\x03net"),
        ("s_iter_1.c2tstate", b"PK\x03\x04", b"\x0a\x03net"),
        ("run/train.log", b"I1129 20:00", b"precious"),
        ("run/metrics.csv", b"iteration,loss", b"loss"),
        ("run/curve.png", b"\x89PNG", b"GIF89a"),
        ("run/events.jsonl", b'{"iter": 1}', b"[]"),
    ],
)
def test_only_files_of_our_kinds_are_replaced(
    here: Path, name: str, good: bytes, bad: bytes
) -> None:
    (here / "run").mkdir()
    for content, says in ((good, False), (b"", name.endswith(("state", ".h5"))), (bad, True)):
        Path(name).write_bytes(content)
        assert bool(refused("s")) == says, content
    assert "a file of another kind is there already" in refused("s")


def test_files_of_other_prefixes_and_of_a_run_that_goes_on_are_left_alone(here: Path) -> None:
    Path("t_iter_1.caffemodel").write_text("precious")
    Path("s_iter_1.txt").write_text("precious")
    Path("run").mkdir()
    Path("run/train.log").write_text("precious")
    assert refused("s", new=False) == ""


def layers(here: Path, file: str) -> list[Graph]:
    return [graph(here, DATA + WRITER % file)]


def test_files_of_layers_are_refused_at_the_layer(here: Path) -> None:
    Path("o.h5").write_text("precious")
    with pytest.raises(C2TError, match=r'layer "o" \(HDF5Output\): file_name "o.h5"') as caught:
        check_layers(layers(here, "o.h5"))
    assert caught.value.span is not None and caught.value.span.line == 3
    Path("o.h5").unlink()
    check_layers(layers(here, "o.h5"))
    with h5py.File("o.h5", "w") as file:
        file["data"] = file["label"] = [1.0]
    check_layers(layers(here, "o.h5"))  # as the layer wrote it


@pytest.mark.parametrize(
    ("fields", "files"),
    [
        ({"snapshot": 5}, "s_iter_N.*, run/, o.h5"),
        ({"snapshot_after_train": True}, "s_iter_N.*, run/, o.h5"),
        ({"snapshot_after_train": False}, "run/, o.h5"),
    ],
)
def test_one_line_names_all_that_is_written(
    here: Path, fields: dict[str, object], files: str
) -> None:
    param = pb.SolverParameter(snapshot_prefix="s", **fields)  # type: ignore[arg-type]
    twice = layers(here, "o.h5") * 2  # TRAIN and TEST write one file
    assert shown(param, Path("run"), twice) == f"writes {files}"


@pytest.mark.parametrize("ending", ["c2tstate", "caffemodel", "caffemodel.h5", "solverstate"])
def test_a_run_that_goes_on_replaces_torn_snapshots(here: Path, ending: str) -> None:
    path = here / f"s_iter_2.{ending}"
    whole = {"c2tstate": b"PK\x03\x04", "caffemodel.h5": b"\x89HDF"}.get(ending, b"\x08\x02")
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        assert refused("s", new=False) == ""
    path.write_text("my notes of today")
    assert "a file of another kind is there already" in refused("s", new=False)


def test_a_file_has_one_writer(here: Path) -> None:
    second = WRITER.replace('"o"', '"p"')
    check_layers([graph(here, DATA + WRITER % "a.h5" + second % "b.h5")])
    check_layers([graph(here, DATA + WRITER % "a.h5"), graph(here, DATA + WRITER % "a.h5")])
    with pytest.raises(C2TError, match=r'"\./a\.h5" is written by layer "o" already') as error:
        check_layers([graph(here, DATA + WRITER % "a.h5" + second % "./a.h5")])
    assert 'layer "p" (HDF5Output)' in error.value.message


def test_a_name_with_a_nul_is_a_message(here: Path) -> None:
    with pytest.raises(C2TError, match="is no name of a file"):
        check_layers([graph(here, DATA + WRITER % "a\\000b.h5")])
