"""Write a new part of caffe2torch and its test, in the style of the house, to be filled in.

    python tools/new.py layer|rule|source|command NAME [--group 4] [--into DIR]

NAME is what users will write: a layer's or data source's type (GatedScale), a rule's name
(filler-too-wide), a command's words (show-nets). What is written runs, passes its test, ruff and
mypy as it is; its placeholders say what to replace. Files that exist are left alone: exit code 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
Files = dict[str, str]
"""Path below the checkout -> text."""

LAYER = '''\
"""{type}: say in a line what it is."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Moments, Site
from caffe2torch.layers.code import Code


class {type}(Layer):
    """The formula, such as 2 · x.

    Shape:    x (any) -> same
    Params:   none; or each field with its default in brackets
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   the project, its file and function
    """

    type = "{type}"
    origin = "the project"
    examples = (Example("", bottoms=[(2, 3, 4, 5)]),)

    def code(self, x: Site) -> Code:
        return Code(call="2 * {{0}}")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        return pointwise.function(lambda u: 2 * u)
'''
LAYER_TEST = '''\
"""{type} against numbers worked out by hand, or against the project's own loop."""

from __future__ import annotations

import torch

from tests.layers.one_layer import close, run_layer


def test_the_values() -> None:
    x = torch.tensor([[-1.0, 0.0, 2.0]])
    (top,) = run_layer("{type}", "", x)
    close(top, [[-2.0, 0.0, 4.0]])


def test_the_gradient() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    (top,) = run_layer("{type}", "", x)
    top.sum().backward()
    assert x.grad is not None
    close(x.grad, torch.full((2, 3), 2.0))
'''
RULE = '''\
"""Say in a line what is wrong, such as: display is negative.

What it does: says exactly which fields are compared with what.

Why: says what Caffe does with it, and what that costs the user.
Source: Caffe src/caffe/solver.cpp, the function.

Bad::

    display: -1

Good::

    display: 20
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 50


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding at the field."""
    if c.is_solver and c.param.display < 0:
        yield Finding(
            f"display {{c.param.display}} is negative",
            c.solver.span("display"),
            hint="write how many iterations lie between two lines",
        )
'''
RULE_TEST = '''\
"""{code} {name}."""

from __future__ import annotations

from tests.lint.checks import Folder, check_noop, fires

CODE = "{code}"


def test_it_fires(folder: Folder) -> None:
    folder.solver({{"display: 20": "display: -1"}})
    assert fires(folder, CODE, "display -1 is negative").severity == "warning"


def test_it_is_silent(folder: Folder) -> None:
    check_noop(folder, CODE)
'''
SOURCE_LAYER = '''\
"""{type}: say in a line what it brings in."""

from __future__ import annotations

from caffe2torch.layers._data import probed
from caffe2torch.layers.base import Example, Layer, Shape, Site


class {type}(Layer):
    """What a batch is.

    Shape:    nothing -> (1, 1)
    Params:   none; or each field with its default in brackets
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   the project, its file and function
    """

    type = "{type}"
    origin = "the project"
    bottoms = 0
    source = True
    examples = (Example(""),)

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x)
'''
SOURCE = '''\
"""{type}: say in a line what is read, and how it becomes a batch.

Source: the project, its file and function
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.feeds.base import LayerFeed, Shape, SourceSite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class {type}(LayerFeed):
    """Counts its batches; put records in place of the count."""

    source_field = ""  # the field that holds the path, which errors name

    def __init__(self, site: SourceSite) -> None:
        super().__init__(site)
        self.batches = 0

    @classmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        return [(1, 1)]

    def next_batch(self) -> list[NDArray[np.float32]]:
        import numpy as np

        self.batches += 1
        return [np.full((1, 1), self.batches, np.float32)]

    def state(self) -> dict[str, Any]:
        return {{"batch": self.batches}}

    def restore(self, state: dict[str, Any]) -> None:
        self.batches = int(state["batch"])
'''
SOURCE_TEST = '''\
"""{type}: its batches, their shapes, and going on where it stopped."""

from __future__ import annotations

from caffe2torch.data.probe import top_shapes
from tests.data.one_feed import feed, layer

TEXT = 'type: "{type}" top: "data"'


def test_batches_and_shapes() -> None:
    source = feed(TEXT)
    first, second = source.next_batch(), source.next_batch()
    assert [array.tolist() for array in (*first, *second)] == [[[1.0]], [[2.0]]]
    assert top_shapes("{type}", layer(TEXT), "TRAIN") == [first[0].shape]


def test_it_goes_on_where_it_stopped() -> None:
    source, again = feed(TEXT), feed(TEXT)
    source.next_batch()
    again.restore(source.state())
    assert again.next_batch()[0].tolist() == source.next_batch()[0].tolist()
'''
COMMAND = '''\
"""Say in a line what it does."""

from __future__ import annotations

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._results import JSON, print_json
from caffe2torch.terminal import echo

GROUP = "look"
EXAMPLE = "c2t {command} net.prototxt"


@click.command()
@click.argument("net", callback=of_kind("net"))
@JSON
def command(net: str, as_json: bool) -> int:
    """Print the names of the layers of NET, a net of any Caffe version.

    Exit code 0: printed; 2: bad input.
    """
    from caffe2torch.format.upgrade import read_net

    names = [layer.name for layer in read_net(net).message.layer]
    if as_json:
        print_json({{"layers": names}})
    else:
        echo("\\n".join(names))
    return 0
'''
COMMAND_TEST = '''\
"""`c2t {command}`: its output, JSON, bad input."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from caffe2torch.cli import cli

NET = 'layer {{ name: "r" type: "ReLU" bottom: "x" top: "y" }}'


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["{command}", *map(str, words)])


def test_it_prints(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(NET)
    assert run(tmp_path / "net.prototxt").stdout == "r\\n"
    assert json.loads(run(tmp_path / "net.prototxt", "--json").stdout) == {{"layers": ["r"]}}


def test_bad_input_is_one_message(tmp_path: Path) -> None:
    result = run(tmp_path / "absent.prototxt")
    assert result.exit_code == 2
    assert "absent.prototxt" in result.stderr
'''


def layer(name: str, group: int) -> Files:
    """A layer type: y = 2 x, with values and gradient tested."""
    stem = snake(typed(name))
    return {
        f"caffe2torch/layers/{stem}.py": LAYER.format(type=name),
        f"tests/layers/test_{stem}.py": LAYER_TEST.format(type=name),
    }


def rule(name: str, group: int) -> Files:
    """A lint rule under the next free code of a group."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise click.UsageError(f"{name}: the name of a rule is a pattern, such as filler-too-wide")
    taken = [int(p.name[3:6]) for p in (ROOT / "caffe2torch/lint/rules").glob(f"c2t{group}*.py")]
    code = max(taken, default=100 * group) + 1
    stem = f"c2t{code}_{name.replace('-', '_')}"
    return {
        f"caffe2torch/lint/rules/{stem}.py": RULE.format(),
        f"tests/lint/rules/test_c2t{code}.py": RULE_TEST.format(code=f"C2T{code}", name=name),
    }


def source(name: str, group: int) -> Files:
    """A data source: what the layer is, and what its batches are."""
    stem = snake(typed(name))
    return {
        f"caffe2torch/layers/{stem}.py": SOURCE_LAYER.format(type=name),
        f"caffe2torch/data/feeds/{stem}.py": SOURCE.format(type=name),
        f"tests/data/feeds/test_{stem}.py": SOURCE_TEST.format(type=name),
    }


def command(name: str, group: int) -> Files:
    """A command that reads a net and prints."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise click.UsageError(f"{name}: a command is written in small letters, such as show-nets")
    stem = name.replace("-", "_")
    return {
        f"caffe2torch/commands/{stem}.py": COMMAND.format(command=name),
        f"tests/commands/test_{stem}.py": COMMAND_TEST.format(command=name),
    }


KINDS: dict[str, Callable[[str, int], Files]] = {
    "layer": layer, "rule": rule, "source": source, "command": command,
}  # fmt: skip


def typed(name: str) -> str:
    """A layer's type as it stands. Raises: click.UsageError for what is none."""
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
        raise click.UsageError(f"{name}: a type begins with a capital letter, such as GatedScale")
    return name


def snake(name: str) -> str:
    """The stem of a type's file: GatedScale is gated_scale."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def written(files: Files, root: Path) -> Iterator[Path]:
    """Write the files; yield their paths. Raises: FileExistsError before anything is written."""
    for name in files:
        if (root / name).exists():
            raise FileExistsError(f"{name} is there already")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@click.option("--group", type=click.IntRange(1, 9), default=5, help="First digit of a rule's code.")
@click.option("--into", type=click.Path(path_type=Path), default=ROOT, help="Another checkout.")
def main(kind: str, name: str, group: int, into: Path) -> None:
    """Write a new part of KIND, called NAME, and its test."""
    try:
        paths = [str(path) for path in written(KINDS[kind](name, group), into)]
    except FileExistsError as error:
        click.echo(error, err=True)
        sys.exit(1)
    click.echo("\n".join(paths))
    click.echo(f"next:  python -m pytest {paths[-1]}; python tools/gen_docs.py", err=True)


if __name__ == "__main__":
    main()
