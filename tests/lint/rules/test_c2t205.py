"""C2T205 filler-param-ignored."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T205"


def test_std_inside_xavier(folder: Folder) -> None:
    folder.write(net=chain(2, 'xavier" std: 0.05'))
    # 9 pixels under a 3x3 kernel on grey digits
    fires(folder, CODE, "2 layers (conv1, conv2)", "std 0.05", "= 0.33", severity="warning")


def test_msra_with_value(folder: Folder) -> None:
    fires(folder.write(net=chain(1, 'msra" value: 2')), CODE, "value 2", "= 0.47")


def test_biases_are_an_info(folder: Folder) -> None:
    text = chain(1).replace('"constant" value: 0.0', '"constant" std: 0.1')
    fires(folder.write(net=text), CODE, "std 0.1 inside a constant filler", severity="info")


def test_gaussian_with_std(folder: Folder) -> None:
    check_noop(folder.write(net=chain(1, 'gaussian" std: 0.2')), CODE)


def test_variance_norm(folder: Folder) -> None:
    check_noop(folder.write(net=chain(1, 'msra" variance_norm: FAN_OUT')), CODE)


def test_fix_is_safe(folder: Folder) -> None:
    folder.write(net=chain(2, 'xavier" std: 0.05'))
    assert fires(folder, CODE).fix.safe  # type: ignore[union-attr]
    texts = check_fixed(folder, CODE)
    assert "std" not in texts["train_val.prototxt"]
