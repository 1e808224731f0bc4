"""Where a script takes its batches from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from caffe2torch.convert import trainer
from caffe2torch.format.upgrade import read_solver


def test_data_that_is_no_lmdb_is_left_to_the_user(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(
        'layer { name: "d" type: "Input" top: "x" top: "y" '
        "input_param { shape { dim: 4 dim: 3 } shape { dim: 4 } } }\n"
        'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" '
        "inner_product_param { num_output: 2 } }\n"
        'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "y" top: "loss" }\n'
    )
    (tmp_path / "solver.prototxt").write_text(
        'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 3'
    )
    found = trainer.training(read_solver(tmp_path / "solver.prototxt"))
    text = trainer.script(found, "net")
    names: dict[str, Any] = {"__file__": "net_train.py"}
    body = text.replace("from net import Net\n", "")
    exec(compile(body, "script", "exec"), names)
    with pytest.raises(NotImplementedError, match=r"yield x .*, y "):
        names["batches"](True)
