"""torchvision's names for a VGG net."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from caffe2torch.errors import UnsupportedError
from caffe2torch.export.naming import mapping, torchvision
from tests.export import families
from tests.export.one_net import converted

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


def test_the_keys_are_torchvisions_own(tmp_path: Path) -> None:
    try:
        from torchvision.models import vgg16
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"torchvision cannot be imported here: {error}")
    found = converted(tmp_path, families.vgg(STAGES, width=64, size=224, hidden=4096))
    with torch.device("meta"):
        theirs = {key: value.shape for key, value in vgg16().state_dict().items()}
    state = found.module.state_dict()
    names = mapping(found.graph, state)
    ours = {names[key]: value.shape for key, value in state.items()}
    assert ours == theirs


def test_a_net_that_torchvision_does_not_have_is_refused(tmp_path: Path) -> None:
    found = converted(tmp_path, families.resnet((1,), size=32, width=2))
    with pytest.raises(UnsupportedError, match=r'layer "conv1" \(Convolution\) is not as in'):
        torchvision(found.graph)
