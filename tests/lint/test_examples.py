"""The examples of the rules' pages: what is called bad fires, what is called good does not.

An example is a few fields, written into a healthy config where such fields stand: the solver's into
the solver, those of transform_param, a filler or a layer's param into each layer that has them.
"""

from __future__ import annotations

import re

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ParseError
from caffe2torch.format import text
from caffe2torch.format.text import Block
from caffe2torch.lint import rules
from tests.lint.checks import Folder

SOLVER = set(pb.SolverParameter.DESCRIPTOR.fields_by_name) - {"type"}
TRANSFORM = set(pb.TransformationParameter.DESCRIPTOR.fields_by_name)
FILLERS = {"weight_filler", "bias_filler"}
POLICY = {"gamma", "stepsize", "stepvalue", "power"}


def example(rule: rules.Rule, kind: str) -> str:
    """The indented text behind "Bad::" or "Good::"."""
    found = re.search(rf"^{kind}::\n\n((?:    .*\n|\n)*)", rule.doc + "\n", re.MULTILINE)
    assert found, f"{rule.code} has no {kind}::"
    return "\n".join(line[4:] for line in found[1].splitlines()).strip()


def fields(source: str) -> list[tuple[str, str]] | None:
    """(name, whole text with the comment behind it) of its fields; None if it is no prototxt."""
    try:
        root = text.parse(source, "example").root
    except ParseError:
        return None
    return [(f.name, source[f.start : _end(source, f.value.end)]) for f in root.fields]


def _end(source: str, at: int) -> int:
    """Behind a comment on the same line."""
    comment = re.compile(r"[ ]*#.*").match(source, at)
    return comment.end() if comment else at


def embed(folder: Folder, found: list[tuple[str, str]]) -> Folder:
    """Write the fields where they belong."""
    names = {name for name, _ in found}
    if names <= SOLVER | {"type"}:
        gone = names | (POLICY if "lr_policy" in names else set())
        old = folder.solver_file.read_text(encoding="utf-8").splitlines()
        kept = [line for line in old if line.partition(":")[0].strip() not in gone]
        return folder.write(solver="\n".join([*kept, *(whole for _, whole in found)]) + "\n")
    for name in sorted(names):
        wholes = [whole for other, whole in found if other == name]
        folder = _into_net(folder, name, wholes)
    return folder


def _into_net(folder: Folder, name: str, wholes: list[str]) -> Folder:
    net = folder.net_file.read_text(encoding="utf-8")
    root = text.parse(net, "net").root
    edits: list[text.Edit] = []
    for layer in root.all("layer"):
        assert isinstance(layer.value, Block)
        edits += _edits(layer.value, name, wholes)
    return folder.write(net=text.apply(net, edits))


def _edits(layer: Block, name: str, wholes: list[str]) -> list[text.Edit]:
    """Replace the field, or those that a message of the example names, in one layer."""
    if name in TRANSFORM and (inner := _block(layer, "transform_param")):
        return _put(inner, name, wholes)
    if name.endswith("_param") and (inner := _block(layer, name)):
        own = fields(wholes[0][wholes[0].index("{") + 1 : wholes[0].rindex("}")]) or []
        groups: dict[str, list[str]] = {}
        for key, whole in own:
            groups.setdefault(key, []).append(whole)
        return [edit for key, values in groups.items() for edit in _put(inner, key, values)]
    edits = []
    if name in FILLERS:
        for field in layer.fields:
            if isinstance(field.value, Block) and field.value.find(name):
                edits += _put(field.value, name, wholes[:1])
    return edits


def _block(layer: Block, name: str) -> Block | None:
    found = layer.find(name)
    return found.value if found and isinstance(found.value, Block) else None


def _put(block: Block, name: str, wholes: list[str]) -> list[text.Edit]:
    """These fields in place of those of that name."""
    gone = [text.Edit(f.start, f.value.end, "") for f in block.all(name)]
    return [*gone, text.Edit(block.end - 1, block.end - 1, "\n" + "\n".join(wholes) + "\n")]


DROPPED = {
    "C2T309": "snapshot", "C2T310": "test_iter", "C2T311": "display test_iter test_interval",
    "C2T320": "solver_mode", "C2T321": "momentum",
}  # fmt: skip
"""What an example leaves out, and the healthy solver has."""
ELSEWHERE = (
    "102 103 104 108 111 112 117 119 120 121 202 203 206 208 209 301 312 314 315 317 318 323 324 "
    "403 404 405 409 410 414 416 420 422 423 424 425 426 427 502 503 507 510"
)
"""Rules whose examples are about other data, deeper nets or whole layers: see their own tests."""


def alone() -> list[rules.Rule]:
    """Rules whose examples say everything themselves."""
    kept = [rule for rule in rules.every() if rule.code[3:] not in ELSEWHERE]
    return [r for r in kept if None not in (fields(example(r, k)) for k in ("Good", "Bad"))]


def test_many_examples_are_complete() -> None:
    assert len(alone()) >= 30


@pytest.mark.parametrize("rule", alone(), ids=lambda rule: rule.code)
def test_an_example_is_judged_as_its_page_says(folder: Folder, rule: rules.Rule) -> None:
    good, bad = fields(example(rule, "Good")), fields(example(rule, "Bad"))
    assert good is not None
    assert bad is not None
    dropped = tuple(DROPPED.get(rule.code, "-").split())
    old = folder.solver_file.read_text(encoding="utf-8").splitlines(keepends=True)
    base = "".join(line for line in old if not line.startswith(dropped))
    net = folder.net_file.read_text(encoding="utf-8")
    for found, fires in ((good, False), (bad, True)):
        codes = {f.code for f in embed(folder.write(solver=base, net=net), found).lint()}
        assert (rule.code in codes) == fires, (found, codes)
