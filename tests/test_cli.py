"""Commands are found as files, help imports none of them, and no error is a traceback."""

from __future__ import annotations

import errno
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from caffe2torch import __version__, cli
from caffe2torch.commands import _doors, _folder
from caffe2torch.errors import C2TError, DataError, Span


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what --debug leaves in the environment."""
    monkeypatch.setenv("C2T_DEBUG", "")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a `c2t` whose only commands are those of a folder made for the test."""
    folder = tmp_path / "made_commands"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    def invoke(files: dict[str, str], *args: str) -> Result:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        root = cli.Root("made_commands", folder, name="c2t", params=cli.cli.params)
        return CliRunner().invoke(root, args)

    yield invoke
    for module in [m for m in sys.modules if m.partition(".")[0] == "made_commands"]:
        del sys.modules[module]


def command(body: str, group: str = "check") -> str:
    """The text of a command's file whose function has the one-line `body`."""
    return (
        f'"""Do one thing.\n\nMore words."""\nimport click\nGROUP = "{group}"\n'
        f"@click.command()\ndef command():\n    {body}\n"
    )


def raising(error: str) -> str:
    return command(
        f"import errno; from caffe2torch.errors import DataError, Span; raise {error}",
    )


def test_help_lists_commands_by_group_without_importing_them(run) -> None:
    broken = '"""Look at it."""\nGROUP = "look"\nraise RuntimeError("imported")\n'
    result = run({"see_it.py": broken, "check_it.py": command("return 0")}, "--help")
    assert result.exit_code == 0
    assert "Check:\n  check-it  Do one thing\n\nLook:\n  see-it  Look at it\n" in result.output


def test_an_underscore_at_the_end_is_not_part_of_the_name(run) -> None:
    assert run({"import_.py": command("return 0")}, "import").exit_code == 0


def test_what_was_typed_is_escaped_where_it_is_refused() -> None:
    result = CliRunner().invoke(cli.cli, ["--sandbox", "x\x1b[2J\u202e", "rules"])
    assert result.exit_code == 2
    assert "--sandbox: x\\x1b[2J\\u202e is no folder" in result.stderr


def test_a_folder_is_a_command_with_sub_commands(run) -> None:
    group = (
        '"""Many things."""\nfrom pathlib import Path\n'
        "from caffe2torch.commands._folder import CommandFolder\n"
        'GROUP = "data"\n'
        'command = CommandFolder("made_commands.many", Path(__file__).parent, help=__doc__)\n'
    )
    files = {"many/__init__.py": group, "many/one.py": command("click.echo('one')")}
    result = run(files, "many", "one")
    assert (result.exit_code, result.output) == (0, "one\n")


@pytest.mark.parametrize(("body", "code"), [("return 1", 1), ("return None", 0), ("return 2", 2)])
def test_what_a_command_returns_is_the_exit_code(run, body: str, code: int) -> None:
    assert run({"it.py": command(body)}, "it").exit_code == code


def test_an_unknown_command_suggests_the_nearest(run) -> None:
    result = run({"train.py": command("return 0")}, "trian")
    assert result.exit_code == 2
    assert "no command 'trian'; did you mean 'train'?" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ("DataError('no lock', hint='make one')", 2, "error: no lock → make one\n"),
        ("FileNotFoundError(errno.ENOENT, 'No such file', 'a.lmdb')", 2, "error: a.lmdb: No such"),
        ("PermissionError(errno.EACCES, 'Permission denied', 'x')", 2, "error: x: Permission"),
        ("OSError(errno.ENOSPC, 'No space left on device', 'x')", 1, "error: x: No space left"),
        ("MemoryError()", 1, "error: not enough memory"),
        (
            'RuntimeError("DefaultCPUAllocator: can\'t allocate memory: you tried")',
            1,
            "error: not enough memory",
        ),
        ("RuntimeError(\"Symlink loop from 'x'\")", 2, "a link that leads to itself\n"),
        (
            "ModuleNotFoundError('No module', name='onnxruntime')",
            2,
            'onnxruntime, which is not installed → pip install "caffe2torch[onnx]"\n',
        ),
        ("ModuleNotFoundError('No module', name='x')", 1, "fault of caffe2torch itself"),
        ("KeyboardInterrupt()", 1, "interrupted\n"),
        ("ZeroDivisionError('division by zero')", 1, "fault of caffe2torch itself"),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(run, error: str, code: int, message: str) -> None:
    result = run({"it.py": raising(error)}, "it")
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_debug_shows_the_traceback_and_still_the_message(run) -> None:
    result = run({"it.py": raising("DataError('no lock')")}, "--debug", "it")
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("error: no lock\n")


def test_an_error_with_a_place_shows_the_line_and_a_caret(tmp_path: Path, capsys) -> None:
    net = tmp_path / "net.prototxt"
    net.write_text("layer {\n\tkernal_size: 3\n}\n")
    error = C2TError("unknown field", span=Span(str(net), 2, 2))
    assert cli.explain(error) == 2
    assert capsys.readouterr().err == f"{net}:2:2: unknown field\n     kernal_size: 3\n     ^\n"


@pytest.mark.parametrize("line", [0, 9])
def test_a_place_outside_the_file_shows_no_line(tmp_path: Path, line: int) -> None:
    net = tmp_path / "net.prototxt"
    net.write_text("layer {}\n")
    assert cli.excerpt(Span(str(net), line, 1)) == ""


def test_a_binary_or_missing_file_shows_no_line(tmp_path: Path) -> None:
    (tmp_path / "a.caffemodel").write_bytes(b"\xff\xfe\x00")
    assert cli.excerpt(Span(str(tmp_path / "a.caffemodel"), 1, 1)) == ""
    assert cli.excerpt(Span(str(tmp_path / "missing"), 1, 1)) == ""


def test_errors_of_click_keep_their_usage_line() -> None:
    result = CliRunner().invoke(cli.cli, ["quickstart"])
    assert result.exit_code == 2
    assert "Usage:" in result.stderr
    assert "Missing argument 'FOLDER'" in result.stderr


def test_every_shipped_command_has_a_known_group_and_a_short_line() -> None:
    for name, path in cli.cli.files().items():
        entry = _folder.card(path)
        assert entry.group in _folder.GROUPS, name
        assert 10 < len(entry.line) < 100, name


def _commands(group: _folder.CommandFolder, words: str = "c2t"):
    """Each command and sub-command with the words that call it."""
    for name, path in group.files().items():
        command = group.get_command(click.Context(group), name)
        yield f"{words} {name}", command, _folder.card(path)
        if isinstance(command, _folder.CommandFolder):
            yield from _commands(command, f"{words} {name}")


def test_every_example_calls_its_command_with_options_that_it_has() -> None:
    for words, command, entry in _commands(cli.cli):
        assert entry.example.startswith(words), words
        assert len(entry.example) <= 66, words
        if isinstance(command, click.Group):
            continue
        rest = shlex.split(entry.example.partition(">")[0])[len(words.split()) :]
        context = click.Context(command, **command.context_settings)
        values, extra, _ = command.make_parser(context).parse_args(rest)
        assert not extra, words
        missing = [p.name for p in command.params if p.required and not values.get(p.name)]
        assert not missing, words
        shown = CliRunner().invoke(cli.cli, [*words.split()[1:], "--help"]).output
        assert f"Example:\n    {entry.example}" in shown


def test_an_example_stands_below_its_command(run) -> None:
    text = command("return 0").replace("GROUP", 'EXAMPLE = "c2t see-it net"\nGROUP')
    output = run({"see_it.py": text}, "--help").output
    assert "  see-it  Do one thing\n          $ c2t see-it net\n" in output


def test_no_arguments_show_the_doors() -> None:
    result = CliRunner().invoke(cli.cli, [])
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    named = re.findall(r"^    c2t ([a-z-]+)", result.output, re.M)
    assert set(named) >= {"run", "convert", "lint", "probe", "train", "layers"}
    assert set(named) <= set(cli.cli.files())


def test_sub_commands_stand_in_one_group() -> None:
    output = CliRunner().invoke(cli.cli, ["import", "--help"]).output
    assert re.findall(r"^(\w+):$", output, re.M) == ["Options", "Commands"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete(shell: str) -> None:
    result = CliRunner().invoke(cli.cli, ["completion", shell])
    assert result.exit_code == 0
    assert "_C2T_COMPLETE" in result.output


def test_completion_gives_the_commands_that_begin_so() -> None:
    environment = {
        **os.environ, "_C2T_COMPLETE": "bash_complete", "COMP_WORDS": "c2t li", "COMP_CWORD": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "caffe2torch"],
        capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert done.stdout == "plain,lint\n"
    assert "caffe2torch.commands.train" not in done.stderr


def test_every_shipped_command_shows_its_help_in_80_columns() -> None:
    names = [[name] for name in cli.cli.files()]
    group = cli.cli.get_command(click.Context(cli.cli), "import")
    assert isinstance(group, _folder.CommandFolder)
    for words in [[], *names, *(["import", name] for name in group.files())]:
        result = CliRunner().invoke(cli.cli, [*words, "--help"])
        assert result.exit_code == 0, result.output
        assert max(map(len, result.stdout.splitlines())) <= 80, words
    for name in cli.cli.files():
        assert isinstance(cli.cli.get_command(click.Context(cli.cli), name), click.Command)


@pytest.mark.parametrize(
    ("given", "spins"),
    [({}, "10000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, None)],
)
def test_idle_threads_sleep_soon_unless_the_user_says_how(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], spins: str | None
) -> None:
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    cli.wait_shortly()
    assert os.environ.get("GOMP_SPINCOUNT") == spins
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "caffe2torch", "--version"], capture_output=True, text=True
    )
    assert re.fullmatch(
        rf"c2t, version {re.escape(__version__)} \(torch \d\S+, protobuf \d\S+, Python 3\.\S+\)\n",
        done.stdout,
    )


def test_a_missing_package_is_named_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    assert "torch missing, protobuf missing" in _doors.versions("1")


def test_a_reader_that_leaves_ends_the_command_quietly(tmp_path: Path) -> None:
    line = f"{sys.executable} -m caffe2torch --help | true"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert done.stderr == ""


def test_exit_codes_follow_whose_fault_it_is() -> None:
    assert cli.explain(OSError(errno.EIO, "Input/output error")) == cli.FAILED
    assert cli.explain(IsADirectoryError(errno.EISDIR, "Is a directory")) == cli.UNUSABLE
    assert cli.explain(DataError("empty")) == cli.UNUSABLE
