"""The migration guide names everything that Caffe had, and only what c2t has."""

from __future__ import annotations

import re

import click
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.cli import cli
from caffe2torch.commands._folder import CommandFolder
from tests.conftest import ROOT
from tools.gen_docs import fork_fields

# What OpenCV's own class has not.
OURS = {"native", "forget", "blobs", "preferableBackend", "preferableTarget"}
PAGE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")


def test_every_field_of_caffes_solver_is_there() -> None:
    # Caffe's own fields have numbers up to 42; those of forks come behind, or are marked as theirs.
    proto = (ROOT / "proto" / "caffe.proto").read_text(encoding="utf-8")
    forks = {field for message, field, _ in fork_fields(proto) if message == "SolverParameter"}
    own = [f.name for f in pb.SolverParameter.DESCRIPTOR.fields if f.number <= 42]
    own = [name for name in own if name not in forks]
    assert len(own) > 35
    missing = [name for name in own if f"`{name}`" not in PAGE]
    assert missing == []


def _command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words call, and the words behind it."""
    group: CommandFolder = cli
    while True:
        name, *words = words
        command = group.get_command(click.Context(group), name)
        assert command is not None, name
        if not isinstance(command, CommandFolder) or not words:
            return command, words
        group = command


@pytest.mark.parametrize("line", sorted(set(re.findall(r"`c2t ([^`]+)`", PAGE))))
def test_every_command_and_flag_is_one_of_c2t(line: str) -> None:
    command, rest = _command(line.split())
    known = {option for param in command.params for option in param.opts}
    for word in rest:
        if word.startswith("-") and word != "-":
            assert word.partition("=")[0].replace("_", "-") in known or line.endswith(
                ("-solver S", "--noshuffle")
            ), f"{line}: {word}"


def test_every_call_of_the_net_in_opencv_is_there() -> None:
    from caffe2torch.cv2.net import Layer, Net

    public = {name for kind in (Net, Layer) for name in vars(kind) if not name.startswith("_")}
    for name in sorted(public - OURS):
        assert f"`{name}(" in PAGE, name
