"""What torch raises while a net computes is one message."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import DataError, RunError
from caffe2torch.module.failing import explained
from tests.layers.one_layer import one_net


def test_the_line_of_the_layer_is_quoted() -> None:
    net = one_net("InnerProduct", "inner_product_param { num_output: 2 }", [(2, 3)])
    with (
        pytest.raises(DataError, match=r"the net fails at `.*self\.l\(b0\).*`: mat1 and mat2"),
        explained(),
    ):
        net(torch.zeros(2, 5))


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."),
    ],
)
def test_memory_that_is_not_there_is_no_fault_of_the_files(error: RuntimeError) -> None:
    with pytest.raises(RunError, match="not enough memory: .* → a smaller batch_size"), explained():
        raise error


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), explained():
        raise ZeroDivisionError
