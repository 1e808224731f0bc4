"""C2T505 runs-python."""

from __future__ import annotations

from tests.lint.checks import Folder, check_noop, fires, only

CODE = "C2T505"
LAYER = """layer {
  name: "mine" type: "Python" bottom: "ip2" top: "mine"
  python_param { module: "my_layers" layer: "Mine" }
}
"""


def test_a_layer(folder: Folder) -> None:
    fires(
        folder.net({"": LAYER}),
        CODE,
        "1 Python layer runs code of this project",
        "my_layers.Mine",
        severity="info",
    )
    assert not only(folder.lint(), "C2T003"), "said twice"


def test_two(folder: Folder) -> None:
    other = LAYER.replace("mine", "yours").replace("Mine", "Yours")
    finding = fires(folder.net({"": LAYER + other}), CODE, "2 Python layers run", "my_layers.Yours")
    assert finding.span is not None
    assert finding.span.start == folder.net_file.read_text().index(LAYER)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_a_comment_is_none(folder: Folder) -> None:
    check_noop(folder.net({"": "".join(f"# {line}\n" for line in LAYER.splitlines())}), CODE)
