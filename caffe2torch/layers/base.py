"""What a layer type declares: its shape rule, its blobs, its PyTorch source.

A layer type is one file in this folder, named in snake case after the type, with one subclass
of `Layer`. Nothing here imports torch; the source that a layer returns is what runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers.code import Code, Late

if TYPE_CHECKING:
    from caffe2torch.moments import Moments as Moments
else:
    Moments = Any

Shape = tuple[int, ...]
Count = int | tuple[int, int | None]
"""How many bottoms or tops: exactly n, or (least, most) with None for no limit."""


def allows(count: Count, n: int) -> bool:
    """Whether a layer may have n bottoms, or tops."""
    least, most = (count, count) if isinstance(count, int) else count
    return n >= least and (most is None or n <= most)


class DiffMemory(Enum):
    """Where Caffe keeps the gradients of a layer's tops.

    TOPS:  in memory of the tops
    LENT:  in memory that forward lends them: the bottom's gradient (Reshape), or a blob inside
    MOVED: in the tops' own, which backward makes the memory of the bottom's gradient (Flatten)
    """

    TOPS = auto()
    LENT = auto()
    MOVED = auto()


class Role(Enum):
    """What a layer is for. Who asks "is this an activation?" asks for a role, never for types.

    IMAGES:      a source whose first top is images of 0 to 255 as transform_param changes them
    WEIGHTS:     sums of its bottom with learned weights; its parameters have num_output and
                 weight_filler
    CONVOLUTION: such weights in a window that moves over a map, by convolution_param
    AFFINE:      a factor or an offset that many values share
    ACTIVATION:  a function of each value by itself
    NORMALIZER:  takes the mean or the size away from the values of its bottom
    POOLING:     one value for each window or region of a map
    RESHAPING:   hands on values of its first bottom, elsewhere: reshapes, picks, repeats, resizes
    JOINING:     puts the values of all its bottoms into one top
    SUM:         adds its bottoms; a residual shortcut ends there
    DROPOUT:     drops values at random while it trains, and else hands them on
    METRIC:      a number that tells how good scores are, which nothing learns from
    RESULT:      its tops are for programs and people rather than for layers
    """

    IMAGES = "images"
    WEIGHTS = "weights"
    CONVOLUTION = "convolution"
    AFFINE = "affine"
    ACTIVATION = "activation"
    NORMALIZER = "normalizer"
    POOLING = "pooling"
    RESHAPING = "reshaping"
    JOINING = "joining"
    SUM = "sum"
    DROPOUT = "dropout"
    METRIC = "metric"
    RESULT = "result"


@dataclass(frozen=True)
class Blob:
    """One parameter blob of a layer, in Caffe's shape.

    `filler` fills it at initialisation (None is Caffe's default, constant 0). A blob that is not
    `learnable` becomes a buffer in torch (BatchNorm's statistics).
    """

    shape: Shape
    filler: pb.FillerParameter | None = None
    learnable: bool = True

    @property
    def count(self) -> int:
        return math.prod(self.shape)


def constant(value: float) -> pb.FillerParameter:
    """A filler that writes `value` everywhere."""
    return pb.FillerParameter(type="constant", value=value)


@dataclass(frozen=True)
class Example:
    """One valid use of a layer type, for the tests that every type passes.

    text:    the fields of the layer beyond name, type, bottoms and tops, as prototxt
    bottoms: shapes of the bottoms
    tops:    number of tops
    low, high: range of the random values put into the bottoms
    integer: positions of bottoms that hold whole numbers in [0, classes)
    """

    text: str = ""
    bottoms: Sequence[Shape] = ()
    tops: int = 1
    phase: str = "TRAIN"
    low: float = -1.0
    high: float = 1.0
    integer: tuple[int, ...] = ()
    classes: int = 3


@dataclass
class Site:
    """A layer in its place in a net: its parameters and what is known of its neighbours.

    `bottoms` are the shapes of the bottom blobs. `base` is the folder of the net file: paths that
    do not exist relative to the working directory are looked for there. `own_phase` says that the
    layer's `phase` is not the net's, so that its code must not go by train() and eval(). `sharing`
    names the bottoms that lie in the memory of the first, where the layer overwrites that.
    """

    name: str
    type: str
    param: pb.LayerParameter
    train: bool
    bottoms: list[Shape]
    bottom_names: list[str]
    top_names: list[str]
    base: str = ""
    own_phase: bool = False
    sharing: tuple[int, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def n_tops(self) -> int:
        return len(self.top_names)

    @property
    def in_place(self) -> bool:
        """True if the first top is written over the first bottom."""
        return bool(self.top_names and self.bottom_names[:1] == self.top_names[:1])

    def shape(self, bottom: int, least: int, most: int | None = None) -> Shape:
        """Shape of a bottom, which must have at least `least` axes and at most `most`.

        Raises ShapeError for another number of axes.
        """
        shape = self.bottoms[bottom]
        if least <= len(shape) <= (len(shape) if most is None else most):
            return shape
        wanted = f"{least}" if most == least else f"at least {least}"
        if most is not None and most != least:
            wanted = f"{least} to {most}"
        raise ShapeError(
            f"bottom {self.bottom_names[bottom]!r} has shape {shape}, and {wanted} axes are wanted",
            field="bottom",
        )

    def axis(self, axis: int, field: str, bottom: int = 0, end: bool = False) -> int:
        """Canonical (non-negative) axis of a bottom, as Blob::CanonicalAxisIndex.

        With `end`, the axis after the last one is allowed too.
        Raises ShapeError naming `field` when the axis does not exist.
        """
        rank = len(self.bottoms[bottom])
        if not -rank <= axis < rank + end:
            shape = self.bottoms[bottom]
            raise ShapeError(
                f"axis {axis} does not exist in bottom {self.bottom_names[bottom]!r} "
                f"of shape {shape}",
                field=field,
                hint=f"use an axis from {-rank} to {rank - 1}",
            )
        return axis % rank if axis < 0 else axis


class Layer:
    """Base of every layer type; the subclasses are stateless and used as one instance each.

    Class attributes
    ----------------
    type:      Caffe's type string, exactly
    aliases:   other spellings of it (V0/V1 names that the upgrade does not know, forks' names)
    origin:    "bvlc", "ssd", "nvidia", "intel", or the project that introduced it
    roles:     what it is for (see Role)
    bottoms, tops: allowed numbers (see Count)
    equal:     as many tops as bottoms
    loss:      a loss layer: its first top has loss weight 1 unless said otherwise, and it may be
               written without a top
    source:    it brings data into the net; its tops become arguments of `forward`
    certain:   of a source, tops whose assumed shape is beyond doubt: one label a record
    silent:    it emits nothing (Silence, Split)
    shapes_only: nets with it can be read, checked and drawn; to run it raises UnsupportedError
    stands_in: it stands for a layer that is not known: its tops' shapes may be assumed, like those
               of data, and it may have more blobs than it declares
    keeps_signs: in place, it keeps the sign of every value to which it lets a gradient through
    keeps_output: its gradient needs its own output, so nothing may overwrite that in place
    fills_all_gradients: its backward fills the gradients of all its parameters, and does not ask
               which have an lr_mult of 0; clip_gradients and the debug log see them
    backward:  "" or why Caffe cannot run this layer backward
    no_gradient: bottoms to which Caffe refuses to propagate: {index: reason}; see also
               `force_backward`
    param_field: the field of LayerParameter that holds its parameters, "" for none
    mode:      the field of them that chooses between its functions, as drawings name it
    homogeneous: s · x becomes s · f(x) for every s > 0
    side_effects: its forward writes files, runs somebody's code, or counts over batches

    of an activation
    steepest:  its largest slope
    rectifies: it takes away about half of the second moment of values around 0, which msra
               fillers make up for

    of a loss or metric
    applies:   type of the layer whose function it applies to its scores: "Softmax", "Sigmoid"
    label_bottom: the bottom that holds class numbers for the scores in bottom 0; None for none
    paired:    bottom 1 holds a target for each value of bottom 0
    object_bottom: the bottom that holds the true objects of images, as AnnotatedData gives them

    of a layer that proposes regions
    size_bottom: the bottom that holds height, width and scale of the image

    of a source
    data_field: the field that holds source and batch_size, where that is not `param_field`
    scale_field: the field whose number its images are multiplied by
    ignored:   fields of its parameters that have no effect
    fills_crop: images that are smaller than crop_size are enlarged or padded, and not refused
    """

    type: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    origin: ClassVar[str] = "bvlc"
    bottoms: ClassVar[Count] = 1
    tops: ClassVar[Count] = 1
    equal: ClassVar[bool] = False
    loss: ClassVar[bool] = False
    source: ClassVar[bool] = False
    certain: ClassVar[tuple[int, ...]] = ()
    silent: ClassVar[bool] = False
    shapes_only: ClassVar[bool] = False
    stands_in: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = True
    keeps_signs: ClassVar[bool] = False
    fills_all_gradients: ClassVar[bool] = False
    backward: ClassVar[str] = ""
    no_gradient: ClassVar[dict[int, str]] = {}
    param_field: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = ()
    roles: ClassVar[frozenset[Role]] = frozenset()
    mode: ClassVar[str] = ""
    homogeneous: ClassVar[bool] = False
    side_effects: ClassVar[bool] = False
    steepest: ClassVar[float] = 1.0
    rectifies: ClassVar[bool] = False
    applies: ClassVar[str] = ""
    label_bottom: ClassVar[int | None] = None
    paired: ClassVar[bool] = False
    object_bottom: ClassVar[int | None] = None
    size_bottom: ClassVar[int | None] = None
    data_field: ClassVar[str] = ""
    scale_field: ClassVar[str] = "transform_param.scale"
    ignored: ClassVar[tuple[str, ...]] = ()
    fills_crop: ClassVar[bool] = False

    def plays(self, *roles: Role) -> bool:
        """Whether it has one of these roles."""
        return not self.roles.isdisjoint(roles)

    def bounds(self, x: Site) -> tuple[float, float]:
        """Between which numbers the values of its first top lie."""
        return -math.inf, math.inf

    def untrained(self, x: Site) -> str:
        """What it does while nothing has trained it, in numbers; "" for what its fillers say."""
        return ""

    def saturates(self, x: Site) -> bool:
        """Whether it is an activation that is flat at both ends, as sigmoid and tanh are."""
        both = all(map(math.isfinite, self.bounds(x)))
        return both and not self.rectifies and self.plays(Role.ACTIVATION)

    def linear(self, x: Site) -> bool:
        """Whether it is linear, an offset aside: weights in front and behind could be one."""
        return self.plays(Role.RESHAPING, Role.DROPOUT)

    def group(self, x: Site) -> int:
        """Into how many groups of channels its weights are split, which do not see each other."""
        return 1

    def classes(self, x: Site) -> int:
        """How many classes the scores are of: labels are 0 to classes - 1."""
        scores = x.bottoms[0]
        return scores[1] if len(scores) > 1 else scores[0]

    def ignored_label(self, x: Site) -> int | None:
        """The label that does not count, None for none."""
        param = x.param.loss_param
        return param.ignore_label if param.HasField("ignore_label") else None

    def label_range(self, x: Site, bottom: int) -> int | None:
        """n if a bottom takes the numbers 0 to n - 1 (labels, indices), None if it takes any."""
        return self.classes(x) if bottom == self.label_bottom else None

    def remembers(self, x: Site, tops: list[Shape], backward: bool) -> int:
        """Bytes that it keeps from forward on beside its tops; `backward`: it will run backward."""
        return 0

    def counts(self, x: Site) -> tuple[Count, Count]:
        """Allowed numbers of bottoms and tops, where they depend on the parameters."""
        return self.bottoms, self.tops

    def shapes(self, x: Site) -> list[Shape]:
        """Shapes of the tops. Raises ShapeError with the field at fault."""
        return [x.bottoms[0]] * x.n_tops

    def blobs(self, x: Site) -> dict[str, Blob]:
        """Parameter blobs in caffemodel order: key (attribute of the submodule) -> Blob."""
        return {}

    def code(self, x: Site) -> Code:
        """The PyTorch source of this layer."""
        raise NotImplementedError(f"{self.type} declares no PyTorch source")

    def home(self) -> str:
        """Name of the module whose functions and classes its code names."""
        return type(self).__module__

    def join(self, x: Site, after: Site) -> str | None:
        """Call that computes this layer and `after`, the only reader of its top, in one pass.

        {self} and {after} stand for the submodules, {0} for the bottom. None: no such call.
        """
        return None

    def late(self, x: Site) -> Late | None:
        """Its backward in terms of blobs that may be overwritten; None if it reads no such blob."""
        return None

    def rereads(self, x: Site) -> tuple[int, ...]:
        """Bottoms whose values its backward takes from their memory, as they are then.

        A layer in place may have overwritten them. Differentiating at what stands there gives what
        Caffe computes; where it does not, `late` has the formula.
        """
        return ()

    def takes_late(self, x: Site) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Bottoms and tops whose values at backward its module takes by itself.

        Where they are overwritten, the call gets `later`: a list for each bottom, then for each
        top, which holds the last value of the blob's memory by then; None for the others.
        """
        return (), ()

    def shares_bottom(self, x: Site) -> bool:
        """Whether all its tops lie in the memory of bottom 0, by Blob::ShareData."""
        return False

    def lasting(self, x: Site) -> tuple[int, ...]:
        """Tops whose memory keeps its values from one forward to the next, overwritten or not.

        Parameter's top is its parameter blob, the only one; DummyData fills constants once.
        """
        return ()

    def diff_memory(self, x: Site) -> DiffMemory:
        """Where the gradients of its tops lie, by Blob::ShareDiff."""
        return DiffMemory.TOPS

    def unasked(self, x: Site) -> tuple[int, ...]:
        """Bottoms whose gradient its Backward_cpu writes without asking propagate_down.

        A Split above adds it to the others, and programs see it.
        """
        return ()

    def leftover(self, x: Site) -> str:
        """What its backward leaves in the gradient of bottom 0 where that is not asked for.

        An expression in g, the gradient that arrives, and b, the bottoms; "" for nothing.
        """
        return ""

    def replaced(self, x: Site) -> tuple[str, ...]:
        """Keys of the parameters whose gradient replaces that of the pass before, not adds to it.

        Its code says so by `CaffeReplaced`; with iter_size only the last pass counts.
        """
        return ()

    def residue(self, x: Site) -> str:
        """Expression of what its forward leaves in the gradient of bottom 0, "" for nothing."""
        return ""

    def top_needs(self, needs: list[bool], x: Site, learns: bool) -> list[bool]:
        """Which tops want a gradient, when the bottoms do as `needs` says.

        Caffe asks for all if it needs one, though labels may come through the same layer; layers
        of forks that allow that know better. learns: some parameter of its own needs one.
        """
        return [learns or any(needs)] * x.n_tops

    def force_backward(self, x: Site, bottom: int) -> bool:
        """Whether force_backward reaches this bottom (Layer::AllowForceBackward)."""
        return not (self.loss and bottom == 1)

    def assumed(self, x: Site) -> list[Shape]:
        """For a source whose files are missing: the most plausible shapes of its tops."""
        raise NotImplementedError

    def to_torch(self, x: Site, blobs: list[Any]) -> list[Any]:
        """NumPy blobs as a caffemodel holds them -> values of the torch tensors, same order."""
        return blobs

    def to_caffe(self, x: Site, blobs: list[Any]) -> list[Any]:
        """Inverse of `to_torch`."""
        return blobs

    def writes(self, x: Site) -> str:
        """The file that its forward writes, "" for none."""
        return ""

    def is_written(self, path: Path) -> bool:
        """Whether a file that is there is of the kind that its forward writes."""
        return False

    def signal(self, x: Site) -> Moments | None:
        """Moments forward and backward, for the linter's signal model; None: not known."""
        return None

    def steps(self, x: Site) -> int:
        """Operations that torch does one after the other in its forward, beyond a few."""
        return 0

    def cost(self, x: Site, tops: list[Shape]) -> int:
        """Multiply-adds of one forward over the whole batch."""
        return 0
