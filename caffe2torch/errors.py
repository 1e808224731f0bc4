"""Every error a user can meet, with the place it points at.

C2TError
├── ParseError         the text is not prototxt, or the bytes are not protobuf
├── SchemaError        a field, type or enum value that Caffe's schema does not have
├── GraphError         layers that do not fit together
│   └── ShapeError     a shape that a layer refuses
├── UnsupportedError   valid in Caffe, but cannot be reproduced here
├── WeightsError       a weights file that does not fit the net
├── DataError          a database, list or image that cannot be read
├── SolverError        a solver that Caffe would refuse
└── RunError           a training run that failed on its way
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, takewhile

from caffe2torch.terminal import printable

LONGEST = 2000
"""Characters of a message, and of a hint, that are shown: they quote what a file holds."""


@dataclass(frozen=True)
class Span:
    """A stretch of a file: 1-based line and column, and 0-based character offsets.

    Line 0 stands for a whole file that has no lines.
    """

    file: str
    line: int
    col: int
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        file = printable(self.file, LONGEST)
        return f"{file}:{self.line}:{self.col}" if self.line else file


def whole(file: str) -> Span | None:
    """The place of what stands in a binary file; None without its name."""
    return Span(file, 0, 0) if file else None


class C2TError(Exception):
    """Base of all errors: `file:line:col: message → hint`, each part where it is known.

    As a string it is one line that a terminal can show, of bounded length.

    assumed: what the error rests on, where sizes of missing data had to be guessed
    """

    assumed: str = ""

    def __init__(self, message: str, *, span: Span | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        hint = f" → {printable(self.hint, 2 * LONGEST)}" if self.hint else ""
        return f"{place}{printable(self.message, LONGEST)}{hint}"


class ParseError(C2TError):
    """The text is not prototxt, or the bytes are not the protobuf message expected."""


class SchemaError(C2TError):
    """A field, type or enum value that the schema does not have."""


class GraphError(C2TError):
    """Layers that do not fit together."""


class ShapeError(GraphError):
    """A shape or parameter that a layer refuses; `field` names the parameter at fault.

    `field` is a dotted path inside the LayerParameter, such as
    "convolution_param.kernel_size" or "bottom"; the graph turns it into a span.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str = "",
        span: Span | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, span=span, hint=hint)
        self.field = field


class UnsupportedError(C2TError):
    """Valid in Caffe, but not reproducible here."""


EXTRAS = {
    "fissix": "py2", "grpc_tools": "proto", "onnx": "onnx", "onnxruntime": "onnx",
    "onnxscript": "onnx", "openvino": "engines", "plyvel": "leveldb", "tensorboard": "tensorboard",
    "torchvision": "vision",
}  # fmt: skip
"""Modules of packages that not everybody needs, and the extra that brings each."""


def missing_package(module: str, purpose: str = "this") -> UnsupportedError:
    """What says that a module of EXTRAS is not installed, and what installs it.

    purpose: what needs it, as the beginning of a sentence
    """
    return UnsupportedError(
        f"{purpose} needs the package {module}, which is not installed",
        hint=f'pip install "caffe2torch[{EXTRAS[module]}]"',
    )


class WeightsError(C2TError):
    """A weights file that does not fit the net."""


class DataError(C2TError):
    """A database, list, mean or image that cannot be read."""


class SolverError(C2TError):
    """A solver that Caffe would refuse."""


class RunError(C2TError):
    """A training run that failed on its way, which is no fault of its files: exit code 1."""


def shape_text(shape: Iterable[int]) -> str:
    """Return "3x28x28"."""
    return "x".join(map(str, shape))


def plural(n: int, noun: str) -> str:
    """Return "1 top", "2 tops", "2,000 tops"."""
    return f"{n} {noun}" if n == 1 else f"{n:,} {noun}s"


def nearest(word: str, words: Iterable[str], most: int = 1) -> list[str]:
    """Return up to `most` of `words` that `word` may be a misspelling of, the nearest first.

    A letter may be wrong, missing, in excess or exchanged with its neighbour, one in each four.
    Long words, and words beyond the first thousands, are not looked at: that would take minutes.
    """
    if len(word) > LONGEST_WORD:
        return []
    known = islice(dict.fromkeys(words), MOST_WORDS)
    close = (other for other in known if abs(len(other) - len(word)) <= _tolerance(word, other))
    # Of words as near, one that begins alike is likelier: "typ" is type, not top.
    near = sorted((_distance(word, other), -_shared(word, other), other) for other in close)
    return [other for far, _, other in near if far <= _tolerance(word, other)][:most]


LONGEST_WORD, MOST_WORDS = 100, 5000


def _shared(a: str, b: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _tolerance(word: str, other: str) -> int:
    """How many letters may be wrong."""
    return max(1, min(len(word), len(other)) // 4)


def _distance(a: str, b: str) -> int:
    """Edits from a to b (optimal string alignment); rows of the usual table, one a letter of a."""
    before, row = list[int](), list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        last, before, row = before, row, [i]
        for j, other in enumerate(b, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other)))
            if i > 1 and j > 1 and (letter, a[i - 2]) == (b[j - 2], other):
                row[-1] = min(row[-1], last[j - 2] + 1)
    return row[-1]
