"""Programs of Python 2 compute what they computed, and find their modules wherever they are."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

import pytest

from caffe2torch.errors import ParseError
from caffe2torch.pycaffe import python2
from tests.conftest import ROOT

pytest.importorskip("fissix")

CLASS = "class A:\n    def half(self, x):\n        return x / 2\n"


def namespace(text: str) -> dict[str, Any]:
    """What a Python 2 program leaves behind."""
    scope: dict[str, Any] = {}
    exec(python2.code_from_python2(text, "x.py"), scope)
    return scope


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -4),
        ("7 / 2.0", 3.5),
        ("type('A', (), {})() and A().half(5)", 2),
        ("np.int32(7) / 2", 3),
        ("list(np.array([7, 8]) / 2)", [3, 4]),
        ("list(np.array([7.0]) / 2)", [3.5]),
        ("round(2.5)", 3.0),
        ("round(-0.5)", -1.0),
        ("round(2.675, 2)", 2.67),  # the float lies below the tie
        ("len > 0", True),
        ("None < -1", True),
        ("'a' > 3", True),
        ("map(str, xrange(2))", ["0", "1"]),
        ("{1: 2}.keys()[0]", 1),
        ("np.array([1], np.uint8).tostring()", b"\x01"),
        ("sorted([3, 'a', None])", [None, 3, "a"]),
        ("sorted([1, 3, 2], cmp=lambda a, b: b - a)", [3, 2, 1]),
        ("sorted([1, 3, 2], lambda a, b: cmp(b, a))", [3, 2, 1]),
        ("cmp('a', 1), cmp(1, 1), cmp(1, 2)", (1, 0, -1)),
        ("open.__name__ == file.__name__", True),
        ("b'a,b'.split(',')", [b"a", b"b"]),
        ("str(b'01') + str(2)", "012"),
        ("'é'.decode('utf-8')", "é"),
    ],
)
def test_an_expression_has_the_value_of_its_time(expression: str, value: Any) -> None:
    result = namespace(f"import numpy as np\n{CLASS}x = {expression}\n")["x"]
    assert result == value
    assert type(result) is not bool or isinstance(value, bool)


def test_division_in_place_keeps_the_array_and_evaluates_its_place_once() -> None:
    scope = namespace(
        "import numpy as np\na = b = np.arange(4)\na /= 2\nf = g = np.ones(2)\nf /= 4\n"
        "calls = []\ndef place():\n    calls.append(1)\n    return 0\nx = [9]\nx[place()] /= 2\n"
    )
    assert scope["a"] is scope["b"] and list(scope["a"]) == [0, 0, 1, 1]
    assert scope["f"] is scope["g"] and list(scope["f"]) == [0.25, 0.25]
    assert (scope["x"], scope["calls"]) == ([4], [1])


def test_a_program_that_imports_the_present_division_divides_so() -> None:
    text = '"""Doc."""\nfrom __future__ import division, print_function\nx = 7 / 2\nprint(x)\n'
    scope = namespace(text)
    assert (scope["x"], scope["__doc__"]) == (3.5, "Doc.")


@pytest.mark.parametrize(
    "load", ["from cStringIO import StringIO as S", "import StringIO\nS = None"]
)
def test_a_buffer_takes_text_or_bytes(load: str) -> None:
    scope = namespace(
        f"{load}\nS = S or StringIO.StringIO\na, b = S(), S('x\\ny')\na.write(chr(65))\n"
        "c = S()\nc.write(bytearray([1]))\nd = S(bytes(bytearray([2])))\n"
        "values = [a.getvalue(), list(b), c.getvalue(), d.read()]\n"
    )
    assert scope["values"] == ["A", ["x\n", "y"], b"\x01", b"\x02"]


def test_yaml_is_loaded_as_it_was() -> None:
    pytest.importorskip("yaml")
    scope = namespace("import yaml\na = yaml.load('b: [1, 2]')\n")
    assert scope["a"] == {"b": [1, 2]}


def test_a_list_is_sorted_in_place_and_an_array_by_its_own_method() -> None:
    scope = namespace(
        "import numpy as np\na = [2, 1, None]\na.sort()\nb = [1, 2]\nb.sort(lambda x, y: y - x)\n"
        "c = np.array([[2, 1], [1, 2]])\nc.sort(0)\nd = [-3, 1]\nd.sort(key=abs, reverse=True)\n"
    )
    assert (scope["a"], scope["b"], scope["d"]) == ([None, 1, 2], [2, 1], [-3, 1])
    assert scope["c"].tolist() == [[1, 1], [2, 2]]


def test_two_of_one_type_without_order_are_refused_still() -> None:
    with pytest.raises(TypeError):
        namespace("x = 1j < 2j\n")


def test_a_tab_leads_to_the_eighth_column() -> None:
    scope = namespace("x = []\nfor i in range(2):\n        x.append(i)\n\tx.append('t')\n")
    assert scope["x"] == [0, "t", 1, "t"]


def test_what_is_no_python_is_refused_with_its_place() -> None:
    with pytest.raises(ParseError, match="neither of version 3 nor of version 2"):
        python2.code_from_python2("def f(:\n", "x.py")


def test_modules_of_the_program_are_rewritten_and_installed_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "of_it.py").write_text("x = 7 / 2\n")
    (tmp_path / "lib" / "newer.py").write_text("match 1:\n    case 1:\n        x = 7 / 2\n")
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "foreign.py").write_text("x = 7 / 2\n")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    finder = python2.Python2Finder()
    values = {}
    for name in ("of_it", "newer"):
        spec = finder.find_spec(name)
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        values[name] = module.x
    assert values == {"of_it": 3, "newer": 3.5}
    for name in ("foreign", "json", "caffe2torch.errors", "numpy"):
        assert finder.find_spec(name) is None


def test_a_program_finds_a_rewritten_module_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text("")
    (tmp_path / "tools" / "paths.py").write_text(
        "import os.path as osp, sys\n"
        "sys.path.insert(0, osp.join(osp.dirname(__file__), '..', 'lib'))\n"
    )
    (tmp_path / "lib" / "rpn").mkdir(parents=True)
    (tmp_path / "lib" / "rpn" / "__init__.py").write_text("")
    (tmp_path / "lib" / "rpn" / "anchors.py").write_text("COUNT = 9 / 2\n")
    (tmp_path / "lib" / "rpn" / "layer.py").write_text("import anchors\nn = anchors.COUNT\n")
    (tmp_path / "lib" / "boxes.py").write_text(
        "def half(x):\n    print 'half',\n    return x / 2\n"
    )
    (tmp_path / "tools" / "x.py").write_text(
        "import paths\nimport boxes\nfrom rpn.layer import n\nprint boxes.half(5), n\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "caffe2torch", "run", "--py2", "tools/x.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert done.stdout.split() == ["half", "2", "4"], done.stderr
