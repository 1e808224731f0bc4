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


# Caffe 1.0's tools/, tools/extra/, python/, examples/ and scripts/.
PROGRAMS = (
    "caffe train", "caffe test", "caffe time", "caffe device_query", "convert_imageset",
    "compute_image_mean", "extract_features", "upgrade_net_proto_text", "upgrade_solver_proto_text",
    "train_net", "finetune_net", "test_net", "net_speed_benchmark", "device_query", "train.py",
    "parse_log.py", "parse_log.sh", "plot_training_log.py", "plot_log.gnuplot", "summarize.py",
    "resize_and_crop_images.py", "launch_resize_and_crop_images.sh", "extract_seconds.py",
    "classify.py", "detect.py", "draw_net.py", "classification.cpp", "convert_mnist_data",
    "convert_cifar_data", "convert_mnist_siamese_data", "web_demo", "scripts/caffe",
    "download_model_binary.py", "download_model_from_gist.sh", "upload_model_to_gist.sh",
    "copy_notebook.py", "build_docs.sh", "cpp_lint.py", "gather_examples.sh",
    "split_caffe_proto.py", "matcaffe",
)  # fmt: skip
# What `DEFINE_` and `add_argument` give in the same folders.
FLAGS = (
    "backend", "center_only", "channel_swap", "check_size", "context_pad", "crop_mode", "delimiter",
    "display_lrm", "encode_type", "encoded", "ext", "gpu", "gpus", "gray", "images_dim",
    "input_scale", "iterations", "level", "mean_file", "model", "model_def", "phase",
    "pretrained_model", "rankdir", "raw_scale", "resize_height", "resize_width", "shuffle",
    "sighup_effect", "sigint_effect", "snapshot", "solver", "stage", "timing", "verbose",
    "version", "weights",
)  # fmt: skip
# dir(cv2.dnn.Net) of OpenCV 4.12, without what it shares with every object.
OPENCV_4 = (
    "connect", "dump", "dumpToFile", "dumpToPbtxt", "empty", "enableFusion", "enableWinograd",
    "forward", "forwardAndRetrieve", "forwardAsync", "getFLOPS", "getInputDetails", "getLayer",
    "getLayerId", "getLayerNames", "getLayerTypes", "getLayersCount", "getLayersShapes",
    "getMemoryConsumption", "getOutputDetails", "getParam", "getPerfProfile",
    "getUnconnectedOutLayers", "getUnconnectedOutLayersNames", "quantize", "registerOutput",
    "setHalideScheduler", "setInput", "setInputShape", "setInputsNames", "setParam",
    "setPreferableBackend", "setPreferableTarget",
)  # fmt: skip


def test_every_program_and_flag_of_caffe_is_there() -> None:
    assert [name for name in PROGRAMS if name not in PAGE] == []
    assert [flag for flag in FLAGS if not re.search(rf"`--{flag}\b", PAGE)] == []


def test_every_call_of_opencv_4s_net_is_there() -> None:
    assert [name for name in OPENCV_4 if f"`{name}(" not in PAGE] == []


def _command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words call, and the words behind it."""
    group: CommandFolder = cli
    while True:
        if words[0].startswith("-"):
            return group, words
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
