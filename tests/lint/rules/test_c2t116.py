"""C2T116 train-test-same-source."""

from __future__ import annotations

from tests.lint.checks import Folder, check_noop, fires

CODE = "C2T116"


def test_both_read_it(folder: Folder) -> None:
    folder.net({"digits_test_lmdb": "digits_train_lmdb"})
    fires(folder, CODE, '"digits_train_lmdb": both phases read it', severity="warning")


def test_one_layer(folder: Folder) -> None:
    text = folder.net({"include { phase: TRAIN }": ""}).net_file.read_text()
    first, second = text.index("layer {"), text.index("layer {", text.index("layer {") + 9)
    end = text.index("layer {", second + 9)
    folder.write(net=text[first:second] + text[end:])
    fires(folder, CODE, "one data layer without include serves both phases")


def test_another_spelling(folder: Folder) -> None:
    folder.net({"digits_test_lmdb": "./digits_train_lmdb"})
    fires(folder, CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_training_data_as_a_second_test(folder: Folder) -> None:
    text = folder.net_file.read_text()
    start = text.index("layer {", text.index("layer {") + 9)
    layer = text[start : text.index("layer {", start + 9)]
    other = layer.replace("phase: TEST", 'phase: TEST stage: "train"').replace("_test_", "_train_")
    folder.net({layer: layer.replace("phase: TEST", 'phase: TEST not_stage: "train"') + other})
    stages = 'test_state {} test_state { stage: "train" } test_iter: 6'
    check_noop(folder.solver({"": stages}), CODE)


def test_no_test(folder: Folder) -> None:
    folder.net({"digits_test_lmdb": "digits_train_lmdb"})
    lines = folder.solver_file.read_text().splitlines()
    folder.write(solver="\n".join(line for line in lines if not line.startswith("test_")))
    check_noop(folder, CODE)
