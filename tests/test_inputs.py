"""The one place that opens files: what it refuses, and that no other module opens any."""

from __future__ import annotations

import ast
import os
import re
import socket
from pathlib import Path

import pytest

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from tests.house import PACKAGE, modules


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, str]:
    """Paths that lead to no file, by what they lead to."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    (tmp_path / "link").symlink_to("/dev/zero")
    return {
        "device": "/dev/zero",
        "named pipe": str(tmp_path / "pipe"),
        "socket": str(tmp_path / "socket"),
        "folder": str(tmp_path),
    }


def test_what_is_no_file_is_refused_at_once(odd: dict[str, str], tmp_path: Path) -> None:
    for kind, path in {**odd, "device ": str(tmp_path / "link")}.items():
        for reader in (inputs.read, inputs.read_text, inputs.opened, inputs.check):
            with pytest.raises(OSError, match=f"it is a {kind.strip()}, not a file") as error:
                reader(path)
            assert error.value.filename == path


def test_a_name_with_a_zero_byte_is_a_message() -> None:
    with pytest.raises(OSError, match="its name holds a zero byte") as error:
        inputs.read("a\0b")
    assert error.value.filename == r"a\0b"


def test_a_missing_file_is_that() -> None:
    with pytest.raises(FileNotFoundError):
        inputs.read("absent")


def test_files_are_read_up_to_a_size(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert inputs.read(tmp_path / "f", 5) == b"12345"
    with pytest.raises(OSError, match="it has 5 bytes, and at most 4 are read"):
        inputs.read(tmp_path / "f", 4)


def test_a_hole_of_a_terabyte_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="at most 2,147,483,648 are read"):
        inputs.read(tmp_path / "f")


def test_text_has_no_mark_in_front(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes("\ufeffé".encode() + b"\xff")
    assert inputs.read_text(tmp_path / "f", "replace") == "é\ufffd"
    with pytest.raises(UnicodeDecodeError):
        inputs.read_text(tmp_path / "f")


def test_a_sandbox_confines_reads_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (tmp_path / "secret").write_text("s")
    (box / "link").symlink_to(tmp_path / "secret")
    (box / "f").write_text("f")
    monkeypatch.setenv(inputs.SANDBOX, str(box))
    assert inputs.read(box / "f") == b"f"
    for path in (tmp_path / "secret", box / "link", box / ".." / "secret"):
        with pytest.raises(PermissionError, match="it lies outside of the sandbox"):
            inputs.read(path)
    with pytest.raises(PermissionError, match="sandbox"), replacing(tmp_path / "new") as aside:
        aside.touch()
    with replacing(box / "new") as aside:
        aside.touch()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["box", "secret"]


# Files of the package itself, and what a run has just written.
OTHERS = {
    "caffe2torch.inputs": "it is the place",
    "caffe2torch.commands._folder": "the commands' own files",
    "caffe2torch.convert.grouped.preprocess": "source that is written",
    "caffe2torch.convert.trainer.feeding": "source that is written",
    "caffe2torch.convert.trainer": "source that is written",
    "caffe2torch.data.datasets.digits": "the package's own data",
    "caffe2torch.data.datasets.starter": "the package's own nets",
    "caffe2torch.draw.formats.html": "the package's own page",
    "caffe2torch.fork_proto": "what protoc has just written",
    "caffe2torch.layers": "the package's own list",
    "caffe2torch.layers.detection_evaluate": "runs in converted files, where no package is",
    "caffe2torch.module.nn": "the layers' own files",
    "caffe2torch.module.limits": "what the system says of its memory",
    "caffe2torch.data.sources._mapped": "the process's own map of its memory",
    "caffe2torch.pycaffe.old_modules": "modules that the program imports",
    "caffe2torch.pycaffe.old_scipy": "what the program opens itself",
    "caffe2torch.pycaffe.old_text": "what the program opens itself",
    "caffe2torch.report.page": "the package's own page",
    "caffe2torch.train.workers": "what a worker has just written",
}
READS = {"read_bytes", "read_text", "open", "memmap"}


def test_no_other_module_opens_files_to_read() -> None:
    wrong = []
    for module, path in modules(PACKAGE).items():
        if module in OTHERS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _reads(node):
                wrong.append(f"{module}:{node.lineno} {ast.unparse(node)}")
    assert wrong == []


def _reads(call: ast.Call) -> bool:
    """Whether a call opens a file of Python's by its path, not to write."""
    text = ast.unparse(call)
    function = ast.unparse(call.func)
    if function.startswith(
        ("inputs.", "os.open", "lmdb.", "tarfile.", "tokenize.", "np.memmap", "archive.")
    ):
        return False  # descriptors of what is written; libraries, after inputs.check
    if function.rpartition(".")[2] not in READS or function in READS - {"open"}:
        return False
    return not re.search(r"""['"][wax]b?\+?['"]|inputs\.|BytesIO|\(file\)""", text)


def test_libraries_get_paths_that_were_checked() -> None:
    opening = re.compile(
        r"h5py\.File\([^)]*\"r\"|tarfile\.open\(path|torch\.load\(|load_file\(path|lmdb\.open\($|"
        r"np\.memmap\(|tokenize\.open|onnx\.load\(",
        re.MULTILINE,
    )
    for module, path in modules(PACKAGE).items():
        text = path.read_text(encoding="utf-8")
        if opening.search(text) and module not in OTHERS:
            assert "inputs." in text or "opened(" in text, module


def test_json_that_is_nested_too_deeply_is_none() -> None:
    assert inputs.parse_json(b'{"a": [1]}') == {"a": [1]}
    for text in ("[" * 100_000, '{"a":' * 100_000, "{", "1" * 10_000):
        with pytest.raises(ValueError):
            inputs.parse_json(text)
