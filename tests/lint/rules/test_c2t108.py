"""C2T108 double-scaling."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T108"

CONV = 'bottom: "data"\n  top: "conv1"'


def scaled(folder: Folder, layer: str) -> Folder:
    """Put a layer between the data and conv1."""
    place = 'layer {\n  name: "conv1"'
    made = f'layer {{ name: "again" bottom: "data" top: "again" {layer} }}\n'
    return folder.net({CONV: 'bottom: "again"\n  top: "conv1"', place: made + place})


def test_twice(folder: Folder) -> None:
    scaled(folder, 'type: "Power" power_param { scale: 0.00390625 }')
    fires(folder, CODE, "scale 0.00390625 in transform_param and × 0.00390625", severity="error")


def test_fixed_scale_layer(folder: Folder) -> None:
    layer = 'type: "Scale" param { lr_mult: 0 } scale_param { filler { value: 0.0039 } }'
    fires(scaled(folder, layer), CODE, '× 0.0039 in layer "again" (Scale)')


def test_undone(folder: Folder) -> None:
    layer = 'type: "Power" power_param { scale: 256 }'
    fires(scaled(folder, layer), CODE, "become 0 to 2.6e+02", severity="error")


def test_centred_twice(folder: Folder) -> None:
    """78 scaled pixels off: real training ends at ln 10, and at chance."""
    layer = 'type: "Power" power_param { shift: -78 }'
    fires(scaled(folder, layer), CODE, "centred twice", severity="error")
    folder.net({"shift: -78": "shift: -2"})
    fires(folder, CODE, "centred twice", severity="warning")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


@pytest.mark.parametrize(
    "layer",
    [
        'type: "Power" power_param { power: 2 scale: 0.01 }',
        'type: "Power" power_param { shift: 0.5 }',
        'type: "Scale" scale_param { filler { value: 0.01 } }',
    ],
)
def test_other_layers(folder: Folder, layer: str) -> None:
    check_noop(scaled(folder, layer), CODE)


def test_fix(folder: Folder) -> None:
    scaled(folder, 'type: "Power" power_param { scale: 0.00390625 }')
    assert "\n    scale" not in check_fixed(folder, CODE)["train_val.prototxt"]
