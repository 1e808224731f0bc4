"""torchvision's names for a VGG net."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import nn

from caffe2torch.convert.convert import Request, prepare
from caffe2torch.convert.torchvision_names import mapping, torchvision
from caffe2torch.errors import UnsupportedError
from caffe2torch.module.build import execute
from tests.conftest import ROOT
from tests.convert import families
from tests.convert.one_net import converted

STAGES = (2, 2, 3, 3, 3)


def shaped(width: int, hidden: int, pixels: int) -> nn.Module:
    """A module laid out as torchvision.models.vgg16 is, with fewer channels."""
    features: list[nn.Module] = []
    channels = 3
    for stage, count in enumerate(STAGES):
        for _ in range(count):
            n = min(width * 2**stage, 8 * width)
            features += [nn.Conv2d(channels, n, 3, padding=1), nn.ReLU(inplace=True)]
            channels = n
        features.append(nn.MaxPool2d(2, 2))
    classifier = [
        nn.Linear(channels * pixels * pixels, hidden), nn.ReLU(), nn.Dropout(),
        nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, 1000),
    ]  # fmt: skip
    parts = {"features": nn.Sequential(*features), "flatten": nn.Flatten()}
    net = nn.Sequential()
    for name, part in (parts | {"classifier": nn.Sequential(*classifier)}).items():
        net.add_module(name, part)
    return net.eval()


def test_a_vgg_laid_out_as_torchvisions_gives_the_same(tmp_path: Path) -> None:
    found = converted(tmp_path, families.vgg(STAGES, width=2, size=32, hidden=4))
    state = found.module.state_dict()
    names = mapping(found.graph, state)
    other = shaped(2, 4, 1)
    other.load_state_dict({names[key]: value for key, value in state.items()})
    x = found.inputs[0]
    expected = found.module(x)
    torch.testing.assert_close(other(x).softmax(1), expected, rtol=1e-5, atol=1e-6)


CONVOLUTIONS = {
    0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128), 10: (256, 128), 12: (256, 256),
    14: (256, 256), 17: (512, 256), 19: (512, 512), 21: (512, 512), 24: (512, 512),
    26: (512, 512), 28: (512, 512),
}  # fmt: skip
LINEARS = {0: (4096, 25088), 3: (4096, 4096), 6: (1000, 4096)}
"""Index -> outputs and inputs of the layers of torchvision.models.vgg16."""


def test_the_keys_and_shapes_are_torchvisions_own(tmp_path: Path) -> None:
    path = tmp_path / "vgg.prototxt"
    path.write_text(families.vgg(STAGES))
    found = prepare(Request(path))
    with torch.device("meta"):
        net = getattr(execute(found.source.text), found.source.class_name)()
    state = net.state_dict()
    names = mapping(found.graph, state)
    expected = {f"features.{k}.weight": (n, m, 3, 3) for k, (n, m) in CONVOLUTIONS.items()}
    expected |= {f"features.{k}.bias": (n,) for k, (n, _) in CONVOLUTIONS.items()}
    expected |= {f"classifier.{k}.weight": shape for k, shape in LINEARS.items()}
    expected |= {f"classifier.{k}.bias": (n,) for k, (n, _) in LINEARS.items()}
    assert {names[key]: tuple(value.shape) for key, value in state.items()} == expected


OPERATORS = """
import torch
library = torch.library.Library("torchvision", "FRAGMENT")
for name in ("nms", "qnms"):
    library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""
"""A build whose compiled operators do not fit this torch can still make its models."""

REAL = """
import sys
import torch
from pathlib import Path

from torchvision.models import vgg16

from caffe2torch.module.build import execute
from caffe2torch.convert.convert import Request, prepare
from caffe2torch.convert.torchvision_names import mapping
from tests.convert import families

path = Path(sys.argv[1]) / "vgg.prototxt"
path.write_text(families.vgg((2, 2, 3, 3, 3)))
found = prepare(Request(path))
with torch.device("meta"):
    net = getattr(execute(found.source.text), found.source.class_name)().eval()
    other = vgg16().eval()
shapes = {key: value.shape for key, value in net.state_dict().items()}
torch.manual_seed(0)
state = {k: torch.randn(s) * (2 / s[1:].numel()) ** 0.5 for k, s in shapes.items()}
net.load_state_dict(state, assign=True)
names = mapping(found.graph, state)
other.load_state_dict({names[key]: value for key, value in state.items()}, assign=True)
x = torch.randn(1, 3, 224, 224)
with torch.no_grad():
    torch.testing.assert_close(other(x).softmax(1), net(x), rtol=1e-5, atol=1e-6)
print("equal")
"""


@pytest.mark.long
def test_torchvisions_own_vgg16_gives_the_same(tmp_path: Path) -> None:
    if find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    for program in (REAL, OPERATORS + REAL):
        command = [sys.executable, "-c", program, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        missing = re.search(
            r"operator torchvision::\w+ does not exist|^ImportError", done.stderr, re.M
        )
        if not missing:
            break
    else:
        pytest.skip(f"torchvision cannot be imported here: {done.stderr.splitlines()[-1]}")
    assert done.stdout == "equal\n", done.stderr


def test_a_net_that_torchvision_does_not_have_is_refused(tmp_path: Path) -> None:
    found = converted(tmp_path, families.resnet((1,), size=32, width=2))
    with pytest.raises(UnsupportedError, match=r'layer "conv1" \(Convolution\) is not as in'):
        torchvision(found.graph)
