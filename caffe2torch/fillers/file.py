"""file: numbers of a text file (the spatial transformers' forks)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import DataError, ShapeError
from caffe2torch.fillers.base import Filler, Spread
from caffe2torch.inputs import read_text

if TYPE_CHECKING:
    import torch


class File(Filler):
    """The first numbers of the file `file`, which blanks or lines part.

    Source: daerduoCarey's caffe include/caffe/filler.hpp, FileFiller; RMPE has it, too. Where the
    file ends early, Caffe repeats 0 without a word; here it is an error.
    """

    type = "file"

    def check(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> None:
        super().check(filler, shape)
        if not filler.file:
            raise ShapeError("the file filler names no file", field="file", hint='write file: "F"')

    def fill(
        self, blob: torch.Tensor, filler: pb.FillerParameter, generator: torch.Generator
    ) -> None:
        import torch

        values = _numbers(filler.file)
        if len(values) < blob.numel():
            raise DataError(
                f"{filler.file} holds {len(values)} numbers, and the blob {blob.numel()}",
                hint="give a file with a number for each value",
            )
        with torch.no_grad():
            blob.copy_(torch.tensor(values[: blob.numel()]).reshape(blob.shape))

    def spread(self, filler: pb.FillerParameter, shape: tuple[int, ...]) -> Spread:
        return Spread(0.0, 0.0, independent=False)


def _numbers(path: str) -> list[float]:
    try:
        return [float(word) for word in read_text(path).split()]
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no file of numbers: {error}") from None
