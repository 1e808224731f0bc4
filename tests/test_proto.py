"""The schema: numbers, types, defaults and packing, so that binaries interchange."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, text_format
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from caffe2torch import caffe_pb2 as pb

REFERENCE = Path(__file__).parent / "reference" / "schema.txt"
LABELS = {"optional": 1, "required": 2, "repeated": 3}


def reference(section: str) -> list[list[str]]:
    """The lines of one section of the reference, split into words."""
    sections: dict[str, list[list[str]]] = {}
    for line in REFERENCE.read_text().splitlines():
        if line.startswith("#"):
            lines = sections.setdefault(line[2:].split(":")[0].split()[0].lower(), [])
        else:
            lines.append(line.split(" "))
    return sections[section]


def declared() -> tuple[dict[str, FieldDescriptorProto], dict[str, int]]:
    """Every field and every enum value of our schema by dotted name."""
    file = descriptor_pb2.FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(file)
    fields: dict[str, FieldDescriptorProto] = {}
    values: dict[str, int] = {}

    def walk(message, prefix):
        name = prefix + message.name
        fields.update({f"{name}.{f.name}": f for f in message.field})
        for enum in message.enum_type:
            values.update({f"{name}.{enum.name}.{v.name}": v.number for v in enum.value})
        for nested in message.nested_type:
            walk(nested, name + ".")

    for enum in file.enum_type:
        values.update({f"{enum.name}.{v.name}": v.number for v in enum.value})
    for message in file.message_type:
        walk(message, "")
    return fields, values


FIELDS, VALUES = declared()


def type_of(field: FieldDescriptorProto) -> str:
    if field.type_name:
        return field.type_name.removeprefix(".caffe.")
    return FieldDescriptorProto.Type.Name(field.type)[5:].lower()


def same(words: list[str]) -> list[str]:
    """What differs, other than the number, between a reference line and our field."""
    name, _, label, type_name, *rest = words
    field = FIELDS[name]
    default = [w.removeprefix('default="').removesuffix('"') for w in rest if w[:8] == "default="]
    ours = [field.default_value] if field.HasField("default_value") else []
    differs = []
    if LABELS[label] != field.label:
        differs.append("label")
    if type_name != type_of(field):
        differs.append(f"type {type_of(field)}")
    if type_name == "float":
        default, ours = ([str(np.float32(w)) for w in values] for values in (default, ours))
    if default != ours:
        differs.append(f"default {ours}")
    if ("packed" in rest) != field.options.packed:
        differs.append("packed")
    return differs


def test_bvlc_is_complete_and_interchangeable() -> None:
    fields = [words for words in reference("bvlc") if words[0] != "enum"]
    assert len({words[0].split(".")[0] for words in fields}) == 63
    for words in fields:
        assert FIELDS[words[0]].number == int(words[1]), words
        assert same(words) == [], words


@pytest.mark.parametrize("section", ["bvlc", "ssd", "nvidia", "intel"])
def test_enum_values(section: str) -> None:
    lost = {"LossParameter.NormalizationMode.PRE_FIXED", "LossParameter.NormalizationMode.NONE"}
    lost.add("InnerProductParameter.Engine.MKLDNN")
    for words in reference(section):
        if words[0] == "enum":
            assert words[1] in VALUES
            if section != "intel" or words[1] not in lost:
                assert VALUES[words[1]] == int(words[2]), words


@pytest.mark.parametrize("section", ["ssd", "nvidia", "intel"])
def test_fork_fields_keep_their_number_unless_another_field_has_it(section: str) -> None:
    numbers = {(n.rpartition(".")[0], f.number): n for n, f in FIELDS.items()}
    for words in reference(section):
        if words[0] == "enum":
            continue
        assert same(words) == [], words
        field = FIELDS[words[0]]
        if field.number != int(words[1]):
            owner = numbers.get((words[0].rpartition(".")[0], int(words[1])))
            forks = [w for s in ("ssd", "nvidia", "intel") for w in reference(s)]
            elsewhere = [w for w in forks if w[0] == words[0] and int(w[1]) == field.number]
            assert owner or elsewhere, words


def test_ssd_binaries_interchange_wherever_bvlc_leaves_the_number_free() -> None:
    taken = {(w[0].rpartition(".")[0], w[1]) for w in reference("bvlc") if w[0] != "enum"}
    for words in reference("ssd"):
        if words[0] != "enum" and (words[0].rpartition(".")[0], words[1]) not in taken:
            assert FIELDS[words[0]].number == int(words[1]), words


def test_numbers_are_unique_within_a_message() -> None:
    seen: dict[tuple[str, int], str] = {}
    for name, field in FIELDS.items():
        key = (name.rpartition(".")[0], field.number)
        assert seen.setdefault(key, name) == name
    assert len(FIELDS) > 1000


def test_generated_module_is_current(root: Path) -> None:
    pytest.importorskip("grpc_tools")
    command = [sys.executable, str(root / "tools" / "gen_proto.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_lives_beside_another_schema_of_package_caffe() -> None:
    """Caffe itself registers the same names in protobuf's global pool."""
    code = """
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe")
file.message_type.add(name="NetParameter")
pool = descriptor_pool.Default()
theirs = message_factory.GetMessageClass(
    pool.AddSerializedFile(file.SerializeToString()).message_types_by_name["NetParameter"])
from caffe2torch import caffe_pb2
assert caffe_pb2.NetParameter is not theirs
assert caffe_pb2.NetParameter(name="x").name == "x"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_messages_print_and_copy() -> None:
    net = pb.NetParameter(name="n", layer=[pb.LayerParameter(type="Pooling")])
    net.layer[0].pooling_param.pool = pb.PoolingParameter.AVE
    assert text_format.Parse(str(net), pb.NetParameter()) == net
    assert pb.Phase.Value("TEST") == pb.TEST == 1
