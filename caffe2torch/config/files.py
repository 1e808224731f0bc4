"""The files of a configuration: each read once, strictly or leniently.

Strict reading, for training, raises the first error. Lenient reading, for the linter, collects
them: a field that Caffe's schema does not know is a failure that is reported, and the rest of the
file is read as if the field were not there, so that one typing error does not hide ten faults.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from os.path import exists
from typing import Any, TypeVar

from caffe2torch import inputs
from caffe2torch.data.paths import Place, locate
from caffe2torch.errors import C2TError, ParseError
from caffe2torch.format import schema, text, top_level, upgrade
from caffe2torch.format.text import Block, Document
from caffe2torch.graph.unknown import read_whole

_LENIENT_PASSES = 4

Read = TypeVar("Read", upgrade.Net, upgrade.Solver)


class Unavailable(Exception):  # noqa: N818  it is no error of its own
    """A part of the config is missing or unreadable; its failure is reported elsewhere."""


class Files:
    """Texts by path, over the disk.

    overlay:  texts to read in place of what the disk holds, such as what a fix would write
    strict:   whether a failure is raised; else it is collected, and Unavailable raised
    failures: what could not be read, in the order of discovery, each once
    """

    def __init__(self, overlay: dict[str, str] | None = None, strict: bool = False) -> None:
        self.texts = dict(overlay or {})
        self.strict = strict
        self.failures: list[C2TError] = []
        self._noted: set[str] = set()
        self._read: dict[tuple[str, str], Any] = {}

    def fail(self, error: C2TError) -> None:
        """Note a failure, to be reported once. Raises it where reading is strict."""
        if self.strict:
            raise error
        if str(error) not in self._noted:
            self._noted.add(str(error))
            self.failures.append(error)

    def text(self, path: str) -> str:
        """The text of a file. Raises Unavailable, the failure noted, if it is none."""
        if path not in self.texts:
            self.texts[path] = self._noting(lambda: _text(path))
        return self.texts[path]

    def is_solver(self, path: str) -> bool:
        """Whether a text file is a solver. Raises Unavailable."""
        return top_level.holds_solver(self.text(path), path)

    def solver(self, path: str) -> upgrade.Solver:
        """The solver in a file. Raises Unavailable, the failure noted."""
        return self._once("Solver", path, upgrade.parse_solver)

    def net(self, path: str) -> upgrade.Net:
        """The upgraded net in a file. Raises Unavailable, the failure noted."""
        return self._once("Net", path, self._net)

    def inline_net(self, solver: upgrade.Solver, field: str, index: int = 0) -> upgrade.Net:
        """A net written inside the solver, with its layers' places where it has them.

        field: "net_param", "train_net_param" or "test_net_param", the last with an index
        """
        value = getattr(solver.message, field)
        message = value[index] if field == "test_net_param" else value
        net: upgrade.Net = self._noting(lambda: upgrade.net_from_message(message, solver.file))
        document = solver.document
        place = document.root.find(field, index) if document else None
        if document and place and isinstance(place.value, Block) and not net.notes:
            net.document = Document(document.text, document.file, place.value)
            blocks = [layer.value for layer in place.value.all("layer")]
            net.origins = [block if isinstance(block, Block) else None for block in blocks]
        return net

    def document(self, path: str) -> Document | None:
        """The syntax tree of a file that was read as a net or solver, None for others."""
        reads = (self._read.get((kind, path)) for kind in ("Net", "Solver"))
        return next((read.document for read in reads if read is not None), None)

    def locate(self, path: str, base: str) -> Place | None:
        """Where a path lies that a file in the folder `base` names; see `data.paths.locate`."""

        def is_there(file: str) -> bool:
            return file in self.texts or exists(file)  # noqa: PTH110  it never raises

        return locate(path, base, is_there)

    def _net(self, source: str, path: str) -> upgrade.Net:
        """The net in a text; one that is left without layers by what was refused has its error."""
        parse = partial(upgrade.parse_net, source, path)
        net = read_whole(parse) if self.strict else parse()
        return net.filled() if source == self.text(path) else net

    def _noting(self, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except C2TError as error:
            self.fail(error)
            raise Unavailable from None

    def _once(self, kind: str, path: str, parse: Callable[[str, str], Read]) -> Read:
        if (kind, path) not in self._read:
            original = self.text(path)
            self._read[kind, path] = (
                parse(original, path) if self.strict else self._lenient(original, path, parse)
            )
        read: Read | None = self._read[kind, path]
        if read is None:
            raise Unavailable
        return read

    def _lenient(self, source: str, path: str, parse: Callable[[str, str], Read]) -> Read | None:
        """Parse, blanking out what the schema refuses, so that all offsets stay what they are."""
        original = source
        for _ in range(_LENIENT_PASSES):
            try:
                read = parse(source, path)
            except schema.SeveralSchemaError as errors:
                for error in errors.errors:
                    self.fail(error)
                source = _without(source, path, errors.errors)
            except C2TError as error:
                self.fail(error)
                return None
            else:
                if read.document is not None:
                    read.document.text = original
                return read
        return None


def _text(path: str) -> str:
    try:
        data = inputs.read(path)
    except OSError as error:
        raise ParseError(f"{path} cannot be read: {error.strerror}") from None
    if not schema.is_text(data):
        what = schema.other_format(data) or "not a text file"
        raise ParseError(f"{path} is {what}", hint="a prototxt is wanted, which is text")
    return schema.decode(data, path)


def _without(source: str, path: str, errors: list[Any]) -> str:
    """The text with every field that an error points at (or into) overwritten by blanks."""
    places = sorted(error.span.start for error in errors if error.span)
    fields = [(item.start, _end(item)) for item in text.walk(text.parse(source, path).root)]
    ranges = [r for r in fields if bisect_left(places, r[0]) < bisect_left(places, r[1])]
    pieces, copied = [], 0
    for start, end in _innermost(ranges):
        pieces += [source[copied:start], re.sub(r"[^\r\n]", " ", source[start:end])]
        copied = end
    return "".join([*pieces, source[copied:]])


def _end(field: text.Field) -> int:
    """Behind the value, or behind the whole list that the value is an element of."""
    return field.brackets[1] if field.brackets else field.value.end


def _innermost(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges that contain no other of them, in their order; none overlaps in part."""
    ordered = sorted(set(ranges), key=lambda r: (r[0], -r[1]))
    following = [*ordered[1:], (sys.maxsize, 0)]
    return [r for r, after in zip(ordered, following, strict=True) if after[0] >= r[1]]
