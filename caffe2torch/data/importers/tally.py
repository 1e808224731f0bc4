"""Counts what goes into a database, so that a command can say what it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from caffe2torch.data.boxed import boxes, is_boxed, message, plain
from caffe2torch.data.datum import parse
from caffe2torch.errors import DataError, plural, shape_text


@dataclass
class Tally:
    """What has been written so far: records, shapes of raw ones, labels (of boxes, where
    there are some), and what was left out.

    most: how many may be left out; None for any number
    """

    count: int = 0
    encoded: int = 0
    boxes: int = 0
    shapes: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    labels: Counter[int] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)
    most: int | None = None

    def leave_out(self, message: str) -> None:
        """Note what is left out. Raises: DataError if `most` have been left out already."""
        if len(self.skipped) == self.most:
            raise DataError(message, hint="--skip-bad-records lets so many be left out")
        self.skipped.append(message)

    def watch(
        self,
        records: Iterable[tuple[bytes, bytes]],
        progress: Callable[[int], None] = lambda _count: None,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield serialised Datum records as they are, counting them."""
        for key, value in records:
            record = parse(plain(value))
            self.count += 1
            self.encoded += record.encoded
            if is_boxed(value):
                labels = [label for label, _ in boxes(message(value))]
                self.boxes += len(labels)
                self.labels.update(labels)
            else:
                self.labels[record.label] += 1
            if not record.encoded:
                self.shapes[record.shape] += 1
            progress(self.count)
            yield key, value

    def text(self) -> str:
        """Say it in one line: "1,000 records of 3x256x256, labels 0..9"."""
        out = f"{self.count:,} {'record' if self.count == 1 else 'records'}"
        if self.encoded:
            out += ", encoded" if self.encoded == self.count else f", {self.encoded:,} encoded"
        elif len(self.shapes) == 1:
            out += f" of {shape_text(next(iter(self.shapes)))}"
        else:
            out += f" of {plural(len(self.shapes), 'shape')}"
        if self.boxes:
            out += f", {plural(self.boxes, 'object')}"
        if self.labels:
            out += f", labels {min(self.labels)}..{max(self.labels)}"
        if self.skipped:
            out += f" ({len(self.skipped):,} could not be read)"
        return out
