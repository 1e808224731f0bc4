"""`c2t run`: arguments, exit codes, the module caffe, and programs of Python 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from caffe2torch.errors import ParseError
from caffe2torch.pycaffe import program
from tests.conftest import ROOT


def run(folder: Path, *args: str, path: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "helper.py").write_text("def f():\n    print 'helped'\n")
    return subprocess.run(
        [sys.executable, "-m", "caffe2torch", "run", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT}:{path}", "PATH": ""},
    )


def test_a_program_finds_caffe_and_its_arguments_without_torch(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "import sys, caffe, caffe.io\nfrom caffe.proto import caffe_pb2\n"
        "from caffe import layers as L, params as P\nimport caffe.proto.caffe_pb2 as again\n"
        "assert __name__ == '__main__' and again is caffe_pb2\n"
        "print(sys.argv[1:], caffe.__version__, 'torch' in sys.modules)\nsys.exit(3)\n"
    )
    done = run(tmp_path, "x.py", "--gpu", "0")
    assert (done.returncode, done.stdout) == (3, "['--gpu', '0'] 1.0.0 False\n"), done.stderr


def test_a_failing_program_shows_its_own_traceback(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def f():\n    raise RuntimeError('boom')\nf()\n")
    done = run(tmp_path, "x.py")
    assert done.returncode == 1
    assert "RuntimeError: boom" in done.stderr
    assert "caffe2torch" not in done.stderr


def test_another_caffe_is_named_and_not_shadowed(tmp_path: Path) -> None:
    (tmp_path / "other" / "caffe").mkdir(parents=True)
    (tmp_path / "other" / "caffe" / "__init__.py").write_text("")
    (tmp_path / "x.py").write_text("import caffe\n")
    done = run(tmp_path, "x.py", path=str(tmp_path / "other"))
    assert done.returncode == 2
    assert "other/caffe/__init__.py is a caffe of its own" in done.stderr


def test_python_2_is_rewritten_where_that_is_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("fissix")
    (tmp_path / "x.py").write_text(
        "import helper\ntry:\n    raise ValueError, 'bad'\nexcept ValueError, e:\n"
        "    print 'caught', e\nfor k, v in {1: 2}.iteritems():\n    print k, v\nhelper.f()\n"
    )
    done = run(tmp_path, "--py2", "x.py")
    assert (done.returncode, done.stdout) == (0, "caught bad\n1 2\nhelped\n"), done.stderr


def test_without_it_the_message_names_the_tools(tmp_path: Path) -> None:
    script = tmp_path / "x.py"
    script.write_text("import caffe\nprint 'hello'\n")
    with pytest.raises(ParseError, match="written for Python 2") as caught:
        program.compiled(str(script), py2=False)
    assert "--py2" in str(caught.value)
    assert "modernize" in str(caught.value)
    assert (caught.value.span.line, caught.value.span.file) == (2, str(script))


def test_what_is_no_python_at_all_is_said_so(tmp_path: Path) -> None:
    script = tmp_path / "x.py"
    script.write_text("def f(:\n")
    with pytest.raises(ParseError, match="does not parse"):
        program.compiled(str(script), py2=False)
    with pytest.raises(ParseError, match="neither of version 3 nor of version 2"):
        program.compiled(str(script), py2=True)


@pytest.mark.parametrize(
    "line",
    ["zip([1])[0]", "{1: 2}.keys()[0]", "range(3 / 1)", "sorted([1, 'a'])", "b'a b'.split(' ')"],
)
def test_a_value_that_python_2_took_points_to_the_option(line: str, tmp_path: Path) -> None:
    pytest.importorskip("fissix")
    (tmp_path / "x.py").write_text(f"x = {line}\n")
    done = run(tmp_path, "x.py")
    assert (done.returncode, "c2t run --py2" in done.stderr) == (1, True), done.stderr
    assert run(tmp_path, "--py2", "x.py").returncode == 0


def test_a_program_of_python_2_opens_a_picture_as_text(tmp_path: Path) -> None:
    pytest.importorskip("fissix")
    Image.new("RGB", (3, 2), (9, 0, 0)).save(tmp_path / "x.png")
    (tmp_path / "x.py").write_text(
        "# -*- coding: utf-8 -*-\nimport sys\nreload(sys)\nsys.setdefaultencoding('utf8')\n"
        "from cStringIO import StringIO\nimport caffe\nfrom scipy.misc import imread\n"
        "image = caffe.io.load_image(StringIO(str(open('x.png').read())))\n"
        "print image.shape, imread('x.png')[0, 0]"
        "\n'a'.split(3)\n"
    )
    done = run(tmp_path, "--py2", "x.py")
    assert done.stdout == "(2, 3, 3) [9 0 0]\n", done.stderr
    assert "old_text" not in done.stderr and "TypeError" in done.stderr


def test_a_name_of_python_2_in_a_failure_points_to_the_option(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("for i in xrange(2):\n    pass\n")
    (tmp_path / "y.py").write_text("for i in nowhere(2):\n    pass\n")
    done = [run(tmp_path, name) for name in ("x.py", "y.py")]
    assert [one.returncode for one in done] == [1, 1]
    assert ["c2t run --py2" in one.stderr for one in done] == [True, False]
