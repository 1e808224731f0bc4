"""An engine that is wrong on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from caffe2torch.convert.runtimes import registry


class Faulty:
    """An engine that adds something to one value, or refuses models that have it."""

    TITLE, PACKAGE, MODULE = "Faulty", "faulty", "onnxruntime"

    def __init__(self, value: str, refuses: bool = False, added: Any = 1) -> None:
        self.value, self.refuses, self.added = value, refuses, np.asarray(added, np.float32)

    def version(self) -> str:
        return "1"

    def load(self, model: bytes) -> Any:
        import onnx
        from onnx import helper

        read = onnx.load_model_from_string(model)
        for i, node in enumerate(read.graph.node):
            if self.value in node.output:
                if self.refuses:
                    raise RuntimeError("where.cpp:1: no:\nwill not")
                node.output[:] = [f"{o}:was" if o == self.value else o for o in node.output]
                one = onnx.numpy_helper.from_array(self.added, "the_one")
                read.graph.initializer.append(one)
                added = helper.make_node("Add", [f"{self.value}:was", "the_one"], [self.value])
                read.graph.node.insert(i + 1, added)
                break
        return registry.find("onnxruntime").load(read.SerializeToString())
