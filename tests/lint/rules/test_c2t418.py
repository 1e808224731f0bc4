"""C2T418 shared-param-conflict."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T418"


def shared(second: str, third: str) -> str:
    """conv2 and conv3 share their weights by name."""
    text = chain(3)
    for name, spec in (("conv2", second), ("conv3", third)):
        mark = f'top: "{name}"\n  convolution_param'
        text = text.replace(mark, f'top: "{name}"\n  param {{ {spec} }}\n  convolution_param')
    return text


def test_multipliers(folder: Folder) -> None:
    folder.write(net=shared('name: "w" lr_mult: 1', 'name: "w" lr_mult: 2'))
    fires(folder, CODE, 'lr_mult 2 in layer "conv3"', '1 in layer "conv2"', severity="error")
    assert "C2T003" not in [finding.code for finding in folder.lint()]


def test_sizes(folder: Folder) -> None:
    text = shared('name: "w"', 'name: "w"')
    head, tail = text.split('name: "conv3"')
    folder.write(net=head + 'name: "conv3"' + tail.replace("kernel_size: 3", "kernel_size: 1", 1))
    fires(folder, CODE, "kernel_size (3 and 1) differ", severity="error")


def test_fillers(folder: Folder) -> None:
    text = shared('name: "w"', 'name: "w"')
    head, tail = text.split('name: "conv3"')
    folder.write(net=head + 'name: "conv3"' + tail.replace("msra", "xavier", 1))
    fires(folder, CODE, "(xavier) has no effect", severity="info")


def test_agreed(folder: Folder) -> None:
    folder.write(net=shared('name: "w" lr_mult: 1', 'name: "w" lr_mult: 1'))
    check_noop(folder, CODE)


def test_written_once(folder: Folder) -> None:
    check_noop(folder.write(net=shared('name: "w" lr_mult: 2', 'name: "w"')), CODE)


def test_fix(folder: Folder) -> None:
    folder.write(net=shared('name: "w" decay_mult: 1', 'name: "w" decay_mult: 0'))
    assert check_fixed(folder, CODE)["train_val.prototxt"].count("decay_mult: 1") == 2


def test_many_parameters_are_one_finding(folder: Folder) -> None:
    """A siamese net whose second branch is frozen throughout."""
    layers = "".join(
        f'layer {{ name: "{name}{i}" type: "InnerProduct" bottom: "data" top: "{name}{i}" '
        f'param {{ name: "w{i}" lr_mult: {rate} }} inner_product_param {{ num_output: 3 '
        'bias_term: false weight_filler { type: "xavier" } } }\n'
        f'layer {{ name: "s{name}{i}" type: "Silence" bottom: "{name}{i}" }}\n'
        for i in range(4)
        for name, rate in (("a", 1), ("b", 0))
    )
    folder.write(net=folder.net_file.read_text() + layers)
    fires(folder, CODE, 'shared "w0" has lr_mult 0', "3 more shared parameters", severity="error")
    assert len([f for f in folder.lint() if f.code == CODE]) == 1
    check_fixed(folder, CODE)


def test_a_twin_without_names(folder: Folder) -> None:
    """conv1 and conv2 share; conv3 has a name that conv4, of the same sizes, lacks."""
    text = shared('name: "w"', 'name: "w"')
    text = text.replace('top: "score"\n', 'top: "score"\n  param { name: "s" }\n', 1)
    twin = (
        'layer { name: "again" type: "InnerProduct" bottom: "conv3" top: "again" '
        'inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }\n'
        'layer { name: "quiet" type: "Silence" bottom: "again" }\n'
    )
    finding = fires(folder.write(net=text + twin), CODE, 'layer "score" shares "s" with no other')
    assert finding.severity == "warning" and 'layer "again"' in finding.why
    folder.write(net=text)
    check_noop(folder, CODE)


def test_a_misspelt_name(folder: Folder) -> None:
    """Both layers share the bias; each has a name of its own for the weights."""
    text = shared('name: "w" } param { name: "b"', 'name: "v" } param { name: "b"')
    finding = fires(folder.write(net=text), CODE, 'not "w" and "v"', severity="warning")
    assert finding.hint == 'name: "w" in both'
    good = shared('name: "w" } param { name: "b"', 'name: "w" } param { name: "b"')
    check_noop(folder.write(net=good), CODE)
