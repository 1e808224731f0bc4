"""Names for what the net itself does not name: classes of blocks, and attributes for them."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from caffe2torch.convert.grouped.blocks import Block
from caffe2torch.convert.grouped.layer_names import common
from caffe2torch.convert.grouped.steps import Step
from caffe2torch.convert.grouped.template import Template
from caffe2torch.layers.base import Role
from caffe2torch.module.names import Either, identifier, module_attributes


def free_name(name: str, taken: Container[str], fallback: str = "x") -> str:
    """An attribute for a submodule: no other's name, none of nn.Module's, and not mangled."""
    return identifier(name.lstrip("_"), Either(taken, module_attributes()), fallback)


def camel(name: str) -> str:
    """A class name made from a net's: "ResNet-50" is ResNet50, "mnist_siamese" MnistSiamese."""
    words = re.split(r"[^A-Za-z0-9]+", name)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return identifier(joined, fallback="Net")


def block_class_name(shape: Template, taken: set[str]) -> str:
    """The class name of a repeated block: what its layers' names begin with, or what it does."""
    steps = shape.steps
    if len(shape.blocks[0].writes) > 1 and all("_mbox" in step.name for step in steps):
        return _free("Head", taken)
    word = re.match(r"[A-Za-z]+", steps[0].name)
    if shape.holes == ["name"] and word:
        return _free(camel(word[0]), taken)
    if any("groups=" in init and "groups=1" not in init for init in shape.inits):
        return _free("SeparableResidual" if _adds(steps) else "Separable", taken)
    if not _adds(steps):
        return _free("Block", taken)
    convs = sum(step.type == "Convolution" for step in steps)
    return _free("Bottleneck" if convs in (3, 4) else "ResidualBlock", taken)


def _adds(steps: Sequence[Step]) -> bool:
    return any(node.layer.plays(Role.SUM) for step in steps for node in step.nodes)


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken."""
    unique, n = name, 1
    while unique in taken:
        n += 1
        unique = f"{name}{n}"
    return unique


def block_attribute(block: Block, taken: set[str]) -> str:
    """The attribute of one block: what all its names begin with, or its output's name."""
    if not block.tags:
        return free_name(f"block_{block.steps[-1].name}", taken)
    if len(block.writes) > 1:
        return free_name(common([step.name for step in block.steps]), taken, "block")
    head = block.steps[0].name[: block.tags[0][1]]
    if all(step.name.startswith(head) for step in block.steps):
        return free_name(head, taken, "block")
    joins = [s.name for s in block.steps if len(s.reads) > 1 and _is_tagged(s.name, block.tag)]
    if joins:
        return free_name(joins[-1], taken - {joins[-1]})
    return free_name(f"stage{block.tag}", taken)


def _is_tagged(name: str, tag: str) -> bool:
    """Whether a name is a word and behind it the tag."""
    return name.endswith(tag) and bool(re.fullmatch(r"[A-Za-z_]+", name.removesuffix(tag)))


def stage_attribute(tag: str, steps: Sequence[Step], taken: set[str]) -> str:
    """The attribute of a chain of layers with one tag: the folder of their names, if they have."""
    heads = {step.name.rpartition("/")[0].partition("/")[0] for step in steps}
    return free_name(heads.pop() if len(heads) == 1 and "" not in heads else f"stage{tag}", taken)
