"""Files of one lint run: read once, kept as text, lenient where Caffe is not.

A field that Caffe's schema does not know is a failure that is reported, and the rest of the file
is read as if the field were not there, so that one typing error does not hide ten faults.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from caffe2torch.errors import C2TError, ParseError
from caffe2torch.format import schema, text, upgrade
from caffe2torch.lint.suppress import Suppressions
from caffe2torch.lint.suppress import read as read_suppressions

_SOLVER_FIELD = re.compile(
    r"(?:^|[\s;,])(?:net|train_net|test_net|base_lr|lr_policy|max_iter|test_iter|solver_mode|"
    r"snapshot_prefix|net_param)\s*[:{]"
)
_COMMENT = re.compile(r"#[^\n]*")
_LENIENT_PASSES = 4

Read = TypeVar("Read", upgrade.Net, upgrade.Solver)


class Unavailable(Exception):  # noqa: N818  it is no error of its own
    """A part of the config is missing or unreadable; its failure is reported elsewhere."""


Value = TypeVar("Value")


class kept(Generic[Value]):
    """A property that is found once, and remembered too if it turns out to be Unavailable."""

    def __init__(self, find: Callable[[Any], Value]) -> None:
        self._find, self._key = find, f"_kept_{find.__name__}"
        self.__doc__ = find.__doc__

    def __get__(self, instance: Any, owner: type) -> Value:
        if self._key not in instance.__dict__:
            try:
                found = [self._find(instance)]
            except Unavailable:
                found = []
            instance.__dict__[self._key] = found
        for value in instance.__dict__[self._key]:
            return value  # type: ignore[no-any-return]
        raise Unavailable


class Files:
    """Texts by path, over the disk: `overlay` holds what a fix would write.

    failures: what could not be read, in the order of discovery
    """

    def __init__(self, overlay: dict[str, str] | None = None) -> None:
        self.texts = dict(overlay or {})
        self.failures: list[C2TError] = []
        self._read: dict[str, Any] = {}
        self._suppressions: dict[str, Suppressions] = {}

    def fail(self, error: C2TError) -> None:
        """Note a failure, to be reported once."""
        self.failures.append(error)

    def text(self, path: str) -> str:
        """The text of a file. Raises Unavailable, the failure noted, if it is none."""
        if path not in self.texts:
            self.texts[path] = self._noting(lambda: _text(path))
        return self.texts[path]

    def is_solver(self, path: str) -> bool:
        """Whether a file is a solver, by fields that no net has. Raises Unavailable."""
        return bool(_SOLVER_FIELD.search(_COMMENT.sub("", self.text(path))))

    def solver(self, path: str) -> upgrade.Solver:
        """The solver in a file. Raises Unavailable, the failure noted."""
        return self._lenient(path, upgrade.parse_solver)

    def net(self, path: str) -> upgrade.Net:
        """The upgraded net in a file. Raises Unavailable, the failure noted."""
        return self._lenient(path, self._net)

    def _net(self, source: str, path: str) -> upgrade.Net:
        """The net in a text; one that is left without layers by what was refused has its error."""
        found = upgrade.parse_net(source, path)
        return found.filled() if source == self.text(path) else found

    def inline_net(self, solver: upgrade.Solver, field: str, index: int = 0) -> upgrade.Net:
        """A net that is written inside the solver (net_param, train_net_param, ...)."""
        value = getattr(solver.message, field)
        message = value[index] if field.startswith("test_") else value
        made: upgrade.Net = self._noting(lambda: upgrade.net_from_message(message, solver.file))
        return made

    def find(self, path: str, base_file: str) -> str | None:
        """Where a path lies: as Caffe reads it, beside the file, or under a folder above it.

        The last is how a solver says `models/x/train_val.prototxt` when Caffe's root is the
        working directory, and it is linted from elsewhere.
        """
        if not path:
            return None
        folder = Path(base_file).absolute().parent
        for candidate in [Path(path), *(up / path for up in (folder, *folder.parents))]:
            if str(candidate) in self.texts or candidate.exists():
                return os.path.relpath(candidate) if candidate.is_absolute() else str(candidate)
        return None

    def suppressions(self, path: str) -> Suppressions:
        """What the comments of a file silence."""
        if path not in self._suppressions:
            read = self._read.get(path)
            document = read.document if read is not None else None
            self._suppressions[path] = read_suppressions(document) if document else Suppressions()
        return self._suppressions[path]

    def _noting(self, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except C2TError as error:
            self.fail(error)
            raise Unavailable from None

    def _lenient(self, path: str, parse: Callable[[str, str], Read]) -> Read:
        if path not in self._read:
            self._read[path] = self._parse(path, parse)
        read: Read | None = self._read[path]
        if read is None:
            raise Unavailable
        return read

    def _parse(self, path: str, parse: Callable[[str, str], Read]) -> Read | None:
        """Parse, blanking out what the schema refuses, so that all offsets stay what they are."""
        original = source = self.text(path)
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
        data = Path(path).read_bytes()
    except OSError as error:
        raise ParseError(f"{path} cannot be read: {error.strerror}") from None
    if not schema.is_text(data):
        what = schema.other_format(data) or "not a text file"
        raise ParseError(f"{path} is {what}", hint="lint reads prototxt")
    return schema.decode(data, path)


def _without(source: str, path: str, errors: list[Any]) -> str:
    """The text with every field that an error points at (or into) overwritten by blanks."""
    places = [error.span.start for error in errors if error.span]
    fields = [(item.start, _end(item)) for item in text.walk(text.parse(source, path).root)]
    ranges = [r for r in fields if any(r[0] <= at < r[1] for at in places)]
    for start, end in _innermost(ranges):
        blank = re.sub(r"[^\r\n]", " ", source[start:end])
        source = source[:start] + blank + source[end:]
    return source


def _end(field: text.Field) -> int:
    """Behind the value, or behind the whole list that the value is an element of."""
    return field.brackets[1] if field.brackets else field.value.end


def _innermost(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges that contain no other of them."""
    unique = set(ranges)
    return [r for r in unique if not any(o != r and r[0] <= o[0] and o[1] <= r[1] for o in unique)]
