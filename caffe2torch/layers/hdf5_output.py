"""HDF5Output: writes a batch into an HDF5 file."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.errors import ShapeError
from caffe2torch.format.strings import to_escapes
from caffe2torch.layers._loss import legacy_shape
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class HDF5Output(Layer):
    """Writes its bottoms as the datasets "data" and "label", at every forward.

    Shape:    data (N[, C[, H[, W]]]), label likewise -> nothing
    Params:   file_name
    Weights:  none
    Differs:  a second forward replaces the file, where Caffe stops; only a file of "data" and
              "label" is replaced, and only below the folders that the command names
    Raises:   ShapeError if the batches differ or have more than 4 axes; DataError in forward if
              the file cannot be written; C2TError if it is not to be
    Source:   Caffe src/caffe/layers/hdf5_output_layer.cpp
    """

    type = "HDF5Output"
    bottoms, tops = 2, 0
    roles = frozenset({Role.RESULT})
    side_effects = True
    param_field = "hdf5_output_param"

    def shapes(self, x: Site) -> list[Shape]:
        data, label = legacy_shape(x, 0), legacy_shape(x, 1)
        if data[0] != label[0]:
            raise ShapeError(
                f"bottoms {x.bottoms[0]} and {x.bottoms[1]} are not of one batch size",
                field="bottom",
            )
        if not x.param.hdf5_output_param.file_name:
            raise ShapeError("file_name is missing", field="hdf5_output_param.file_name")
        return []

    def writes(self, x: Site) -> str:
        return to_escapes(x.param.hdf5_output_param.file_name)

    def is_written(self, path: Path) -> bool:
        from caffe2torch.data.hdf5 import is_output

        return is_output(path)

    def code(self, x: Site) -> Code:
        return op(hdf5_output, path=x.param.hdf5_output_param.file_name)


def hdf5_output(data: torch.Tensor, label: torch.Tensor, path: str) -> None:
    """Write data and label (N, ...) into an HDF5 file, each with 4 axes."""
    from caffe2torch.data.hdf5 import write

    write(path, data.detach().cpu().numpy(), label.detach().cpu().numpy())
