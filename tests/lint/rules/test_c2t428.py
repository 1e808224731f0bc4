"""C2T428 nan-hidden."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires

CODE = "C2T428"
POOL = """layer {
  name: "pool1"
  type: "Pooling"
  bottom: "conv1"
"""


def between(folder: Folder, layers: str, top: str = "x") -> Folder:
    """Layers between the first convolution's ReLU and its pooling; "@" is their bottom."""
    text = folder.net_file.read_text(encoding="utf-8")
    assert POOL in text
    new = layers.replace("@", "conv1") + "\n" + POOL.replace('"conv1"', f'"{top}"')
    return folder.write(net=text.replace(POOL, new))


def layer(type_: str, param: str = "", bottom: str = "@", top: str = "x") -> str:
    return f'layer {{ name: "{top}" type: "{type_}" bottom: "{bottom}" top: "{top}" {param} }}'


CONV = layer(
    "Convolution",
    'convolution_param { num_output: 4 kernel_size: 1 weight_filler { type: "xavier" } }',
    top="y",
)


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        (CONV + layer("Log", bottom="y"), "its argument may be negative"),
        (layer("Log", "log_param { shift: -1 }"), "its argument may be negative"),
        (layer("Log", "log_param { scale: -1 shift: 2 }"), "its argument may be negative"),
        (CONV + layer("Power", "power_param { power: 0.5 }", "y"), "its base may be negative"),
        (layer("Power", "power_param { power: 1.5 shift: -2 }"), "its base may be negative"),
        (layer("MVN", "mvn_param { eps: 0 }"), "its eps is 0"),
        (layer("BatchNorm", "batch_norm_param { eps: 0 }"), "its eps is 0"),
        (
            layer("Log", "log_param { shift: -1 }", top="y") + layer("TanH", bottom="y"),
            'layer "y" (Log)',
        ),
    ],
)
def test_nan_in_front_of_a_max_pooling(folder: Folder, layers: str, says: str) -> None:
    fires(between(folder, layers), CODE, says, "pool1", "-3.4e38", severity="warning")


@pytest.mark.parametrize(
    "layers",
    [
        layer("Log", "log_param { shift: 1 }"),
        layer("Power", "power_param { power: 0.5 shift: 0.01 }"),
        CONV + layer("Power", "power_param { power: 2 shift: -1 }", "y"),
        layer("MVN", "mvn_param { eps: 0 normalize_variance: false }"),
        layer("BatchNorm"),
    ],
)
def test_no_nan(folder: Folder, layers: str) -> None:
    check_noop(between(folder, layers), CODE)


def test_no_pooling_hides_it(folder: Folder) -> None:
    """The loss is NaN then, and everybody sees it."""
    folder.net({"pool: MAX": "pool: AVE"})
    check_noop(between(folder, layer("Log", "log_param { shift: -1 }")), CODE)
