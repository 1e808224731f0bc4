"""What holds for all commands: the same flags, - for files, results apart from talk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.commands import _folder, _results
from caffe2torch.data.datasets import digits
from caffe2torch.errors import C2TError
from caffe2torch.weights import write_mean
from tests.train import tiny

# Words that name something written, and what they are called everywhere.
OUTPUTS = {"--out": "-o", "--png": "-o", "--plot": "-o", "--sheet": "-o", "--output": "-o"}
# Commands that state facts, which a program may want.
FACTS = {
    "check", "devices", "diff-weights", "inspect", "layers", "lint", "lr-find", "mean",
    "parse-log", "predict", "probe", "report", "rules", "signal", "stats", "test", "time", "verify",
}  # fmt: skip
# Commands that name what they write in an argument, or write beside what they read.
WRITERS = {
    "copy", "convert", "draw", "export-db", "extract", "inspect", "lr-find", "mean", "parse-log",
    "probe", "quickstart", "report", "rescale-mean", "signal", "stats", "train", "upgrade",
}  # fmt: skip


def commands(group: _folder.CommandFolder = cli) -> Iterator[tuple[str, click.Command]]:
    for name in group.files():
        command = group.get_command(click.Context(group), name)
        if isinstance(command, _folder.CommandFolder):
            yield from commands(command)
        elif command is not None:
            yield name, command


ALL = sorted(commands(), key=lambda pair: pair[0])
IDS = [name for name, _ in ALL]


def flags(command: click.Command) -> dict[str, click.Parameter]:
    return {opt: param for param in command.params for opt in param.opts}


@pytest.mark.parametrize(("name", "command"), ALL, ids=IDS)
def test_the_same_flag_means_the_same(name: str, command: click.Command) -> None:
    known = flags(command)
    assert {"-q", "--quiet", "-v", "--verbose"} <= set(known)
    for word, short in OUTPUTS.items():
        assert word not in known or known[word] is known[short], f"{name}: {word} without {short}"
    if "-o" in known:
        assert "--output" in known["-o"].opts
    if "--json" in known:
        assert getattr(known["--json"], "is_flag", False)
    assert ("--json" in known) == (name in FACTS), name
    if name in WRITERS:
        assert getattr(known["--force"], "is_flag", False)


@pytest.mark.parametrize(("name", "command"), ALL, ids=IDS)
def test_every_option_says_what_it_does(name: str, command: click.Command) -> None:
    for param in command.params:
        if isinstance(param, click.Option) and not param.hidden:
            assert param.help, f"{name}: {param.opts}"


@pytest.mark.parametrize(("name", "command"), ALL, ids=IDS)
def test_help_shows_one_example_of_its_own_options(name: str, command: click.Command) -> None:
    words = ("import", name) if name not in cli.files() else (name,)
    lines = run(*words, "--help").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    (at,) = [i for i, line in enumerate(lines) if line.strip() == "Example:"]
    example = lines[at + 1].split()
    assert example[: 1 + len(words)] == ["c2t", *words]
    options = [word.partition("=")[0] for word in example if word.startswith("-") and word != "-"]
    assert set(options) <= set(flags(command)) or name == "run"
    given = sum(isinstance(param, click.Argument) and param.required for param in command.params)
    assert len(example) > len(words) + given, "every argument that is required is there"


@pytest.mark.parametrize(("name", "command"), ALL, ids=IDS)
def test_a_state_is_given_alike(name: str, command: click.Command) -> None:
    known = flags(command)
    if "--phase" in known:
        kind = known["--phase"].type
        assert isinstance(kind, click.Choice) and not kind.case_sensitive
    if "--stage" in known:
        stages = known["--stage"]
        assert stages.multiple and "--level" in known
        assert stages.process_value(click.Context(command), ("a,b", "c")) == ("a", "b", "c")


def test_the_tables_name_commands_that_there_are() -> None:
    assert set(IDS) >= FACTS | WRITERS


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manners") / "demo"
    digits.write_folder(folder)
    return folder


def run(*words: object, input: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, list(map(str, words)), input=input)


FROM_PIPE = [
    ("inspect", "deploy.prototxt"),
    ("inspect", "mean.binaryproto"),
    ("inspect", "solver.prototxt"),
    ("draw", "deploy.prototxt", "-o", "-", "--to", "dot"),
    ("convert", "deploy.prototxt"),
    ("lint", "train_val.prototxt"),
    ("lint", "solver.prototxt"),
    ("signal", "train_val.prototxt"),
    ("time", "deploy.prototxt", "--iterations", "1"),
    ("rescale-mean", "mean.binaryproto", "--to-values"),
]


@pytest.mark.parametrize("words", FROM_PIPE, ids=" ".join)
def test_a_dash_is_standard_input(
    demo: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(demo)
    name, file, *rest = words
    there = run(name, file, *rest)
    piped = run(name, "-", *rest, input=(demo / file).read_bytes())
    assert piped.exit_code == there.exit_code == 0, piped.output
    if name != "time":
        stem = file.partition(".")[0]
        plain = there.stdout.replace(file, "-").replace(f"{stem}", "-")
        assert piped.stdout.replace(f"{stem}", "-") == plain


def test_weights_and_pictures_come_from_pipes(demo: Path, tmp_path: Path) -> None:
    net, weights = demo / "deploy.prototxt", tmp_path / "w.caffemodel"
    assert run("convert", net, "--to", "caffemodel,safetensors", "-o", tmp_path).exit_code == 0
    for path in (next(tmp_path.glob("*.caffemodel")), next(tmp_path.glob("*.safetensors"))):
        data = path.read_bytes()
        assert "53,002" in run("inspect", "-", input=data).stdout
        assert "none differ" in run("diff-weights", "-", path, "--net", net, input=data).stdout
        weights = path
    assert run("export-db", "-q", demo / "digits_test_lmdb", tmp_path / "digits").exit_code == 0
    picture = next((tmp_path / "digits").rglob("*.png"))
    words = ("predict", net, "--weights", weights, "--transform", demo / "train_val.prototxt")
    there, piped = run(*words, picture), run(*words, "-", input=picture.read_bytes())
    assert there.exit_code == 0, there.output
    assert piped.stdout == there.stdout


def test_upgrade_reads_and_writes_pipes(demo: Path, tmp_path: Path) -> None:
    old = b'layers { name: "r" type: RELU bottom: "x" top: "y" }'
    result = run("upgrade", "net", "-", tmp_path / "new.prototxt", input=old)
    assert result.exit_code == 0, result.output
    assert 'type: "ReLU"' in (tmp_path / "new.prototxt").read_text()


def test_an_empty_pipe_is_one_message() -> None:
    for name in ("inspect", "draw", "convert", "signal"):
        rest = ["-o", "-"] if name == "draw" else []
        result = run(name, "-", *rest, input=b"")
        assert result.exit_code == 2, name
        assert "fault of caffe2torch" not in result.output, name


STATES = """
layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "%s" type: "ReLU" bottom: "d" top: "%s" include { stage: "a" stage: "b" } }
"""


def test_stages_come_with_commas_or_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.prototxt").write_text(STATES.replace("%s", "both"))
    for stages in (("--stage", "a,b"), ("--stage", "a", "--stage", "b")):
        for words in (("draw", "-o", "-"), ("convert",), ("time", "--phase", "test")):
            result = run(words[0], "n.prototxt", *words[1:], *stages)
            assert result.exit_code == 0, result.output
            assert "both" in result.stdout, words
    assert "both" not in run("convert", "n.prototxt", "--stage", "a").stdout


def test_quickstart_takes_no_option_in_vain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (("--finetune", "w.caffemodel"), ("--net", "vgg16")):
        refused = run("quickstart", "demo", *words)
        assert refused.exit_code == 2
        assert "for pictures of your own" in refused.stderr
    assert not Path("demo").exists()
    assert run("quickstart", "demo", "--gpu").exit_code == 0
    assert "solver_mode: GPU" in Path("demo/solver.prototxt").read_text()


def test_a_quiet_training_prints_its_tests_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    words = ("train", "solver.prototxt", "--no-lint")
    talking, quiet = run(*words), run(*words, "-q")
    assert talking.exit_code == quiet.exit_code == 0, quiet.output
    lines = [line for line in talking.stdout.splitlines() if line.startswith("test #")]
    assert "snapshot" in talking.stdout
    assert quiet.stdout.splitlines() == lines
    assert len(lines) > 1


JSONS = [
    ("check", "digits_test_lmdb"),
    ("devices",),
    ("inspect", "solver.prototxt"),
    ("layers", "Pooling"),
    ("layers",),
    ("lint", "solver.prototxt"),
    ("mean", "digits_test_lmdb"),
    ("rules",),
    ("stats", "digits_test_lmdb"),
    ("time", "deploy.prototxt", "--iterations", "1"),
]


@pytest.mark.parametrize("words", JSONS, ids=" ".join)
def test_json_is_one_document(
    demo: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(demo)
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    assert isinstance(json.loads(result.stdout), dict | list)


def test_a_number_that_is_none_becomes_null(capsys: pytest.CaptureFixture[str]) -> None:
    _results.print_json({"a": [float("nan"), 1.0], 3: (float("inf"),)})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.0], "3": [None]}


def test_quiet_leaves_out_talk_and_nothing_else(demo: Path, tmp_path: Path) -> None:
    net = tmp_path / "net.prototxt"
    net.write_text((demo / "train_val.prototxt").read_text().replace("digits_train_lmdb", "absent"))
    talking, quiet = run("draw", net, "-o", "-"), run("draw", net, "-o", "-", "-q")
    assert "note: " in talking.stderr
    assert quiet.stderr == ""
    assert quiet.stdout == talking.stdout
    assert run("draw", tmp_path / "absent.prototxt", "-o", "-", "-q").stderr != ""


def test_verbose_names_the_files_that_were_read(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(demo)
    monkeypatch.setattr("caffe2torch.terminal._details", set())
    talk = run("lint", "solver.prototxt", "-v").stderr.splitlines()
    assert "reads solver.prototxt" in talk
    assert "reads train_val.prototxt" in talk
    assert run("lint", "solver.prototxt").stderr == ""


WRITTEN = [
    ("draw", "deploy.prototxt", "-o", "net.svg"),
    ("draw", "deploy.prototxt", "-o", "net.html"),
    ("draw", "deploy.prototxt", "-o", "net.dot"),
    ("inspect", "solver.prototxt", "-o", "rate.png"),
    ("mean", "digits_test_lmdb", "-o", "m.binaryproto"),
    ("mean", "digits_test_lmdb", "-o", "m.npy"),
    ("stats", "digits_test_lmdb", "-o", "sheet.png"),
    ("signal", "solver.prototxt", "-o", "signal.png"),
]


@pytest.mark.parametrize("words", WRITTEN, ids=" ".join)
def test_a_file_of_another_kind_is_replaced_by_force_alone(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(demo, folder)
    monkeypatch.chdir(folder)
    Path(words[-1]).write_text("my notes")
    refused = run(*words)
    assert refused.exit_code == 2, refused.output
    assert "a file of another kind is there already" in refused.stderr
    assert Path(words[-1]).read_text() == "my notes"
    assert run(*words, "--force").exit_code == 0
    assert run(*words).exit_code == 0, "its own kind is replaced"


def test_a_file_of_any_kind_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "new.png").touch()
    _results.claim(tmp_path / "new.png", force=False)
    write_mean(tmp_path / "mean", np.ones((1, 2, 2), np.float32))
    _results.claim(tmp_path / "mean", force=False, kind="blob")
    with pytest.raises(C2TError, match="of another kind"):
        _results.claim(tmp_path / "mean", force=False, kind="net")


def test_the_list_of_layers_fits_80_columns() -> None:
    lines = run("layers").stdout.splitlines()
    assert len(lines) > 200
    assert max(map(len, lines)) <= 80
