"""What a source layer declares: the shapes of its tops, and how it makes the next batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from zlib import crc32

from caffe2torch.errors import DataError, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """One record as stored, for statistics.

    pixels:  (C, H, W) or a row of any shape, uint8 or float32; None if only the label was read
    label:   None where the layer has none, or not one whole number a record
    stretch: records of one stretch follow each other in the data
    map:     the label of each pixel (1, H, W), where the layer has such
    targets: what the tops behind the first get, where they are more than one label
    """

    pixels: NDArray[Any] | None
    label: int | None
    stretch: int
    encoded: bool = False
    map: NDArray[np.uint8] | None = None
    targets: tuple[NDArray[Any], ...] = ()


@dataclass(frozen=True)
class Samples:
    """A sample of the data of a source layer; `count` records are there in all."""

    count: int
    taken: Iterator[Sample]


@dataclass(frozen=True)
class SourceSite:
    """A source layer in its place.

    seed:  all its randomness comes from this, its own name, its phase, its rank and the number
           of the batch, so that a batch is the same whatever was read before it.
    rank, world: this process among those that train together; batch_size is per process.
    workers: threads that make a batch; 0 for as many as pay. They do not change it.
    """

    name: str
    param: pb.LayerParameter
    train: bool
    base: str | None = None
    seed: int = 0
    rank: int = 0
    world: int = 1
    workers: int = 0

    def rng(self, *numbers: int) -> np.random.Generator:
        """Return a generator of its own for each choice of `numbers`, all non-negative."""
        import numpy as np

        place = (self.seed, crc32(self.name.encode()), int(self.train), self.rank)
        return np.random.default_rng([*place, *numbers])


class LayerFeed(ABC):
    """Makes the batches of one source layer. One thread at a time uses it.

    source_field: the field that names its data, for errors.
    prefetched: its batches are made in the background, ahead of their use.
    notes:      what a user should be told, known once it is made.
    log:        takes the place in Caffe's source and the text of what Caffe logs while it reads
    """

    source_field: ClassVar[str]
    prefetched: bool = True

    def __init__(self, site: SourceSite) -> None:
        """Raises DataError if a file is missing, ShapeError if a field does not fit it."""
        self.site = site
        self.notes: list[str] = []
        self.log: Callable[[str, str], object] = lambda _place, _text: None

    @classmethod
    def set_up_lines(
        cls, param: pb.LayerParameter, base: str | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield what Caffe logs while it sets the layer up: the place in its source, the text.

        The mean file and the size of the output are told of all layers alike, not here.
        """
        yield from ()

    @classmethod
    @abstractmethod
    def top_shapes(
        cls, param: pb.LayerParameter, train: bool, base: str | None = None
    ) -> list[Shape]:
        """Return the shapes of the tops, read from the first record where they depend on it.

        Raises: DataError for missing or unreadable files, ShapeError for what Caffe refuses.
        """

    @abstractmethod
    def next_batch(self) -> list[NDArray[np.float32]]:
        """Return the next batch, one new array a top, in the order of the tops."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return where it stands, in JSON's types: what `restore` needs to go on from here."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Go on where another feed of this layer stood. Raises DataError if that is gone."""

    @classmethod
    def samples(
        cls, param: pb.LayerParameter, train: bool, base: str | None, limit: int
    ) -> Samples | None:
        """Return up to about `limit` records, spread over the data; None if it stores none.

        Raises: DataError as `top_shapes` does.
        """
        return None

    def describe(self, index: int) -> str:
        """Name item `index` of the last batch, for an error."""
        return f"item {index} of the batch"

    def close(self) -> None:  # noqa: B027 - most hold no file
        """Let go of files."""


def stack(images: list[NDArray[np.float32]], describe: Callable[[int], str]) -> NDArray[np.float32]:
    """Make one batch (N, C, H, W). Raises DataError naming an image of another shape."""
    import numpy as np

    for index, image in enumerate(images):
        if image.shape != images[0].shape:
            raise DataError(
                f"{describe(index)} comes to {image.shape}, and the batch began with "
                f"{images[0].shape}",
                hint="use batch_size: 1, or set transform_param.resize_param",
            )
    return np.stack(images)


def positive(value: int, field: str) -> int:
    """Return a batch_size. Raises ShapeError if it is 0, which is what an unset one is."""
    if value <= 0:
        raise ShapeError(
            f"{field.rpartition('.')[2]} must be positive, and is {value}",
            field=field,
            hint=f"set {field}",
        )
    return value
