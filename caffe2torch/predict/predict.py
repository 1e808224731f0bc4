"""What a net says of pictures, blob by blob, and the pictures of that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caffe2torch.atomic import folders_above
from caffe2torch.predict.answers import Answer, Boxes, Choice, Classes, Mask, answer
from caffe2torch.predict.drawing import draw
from caffe2torch.predict.subject import Subject


@dataclass(frozen=True)
class Seen:
    """One picture: its size, the answer of each output blob, and the files that were drawn."""

    path: str
    size: tuple[int, int]
    answers: dict[str, Answer]
    files: dict[str, str]

    def lines(self, choice: Choice) -> list[str]:
        """Lines for people; blobs are named where there are several."""
        rows = []
        for blob, one in self.answers.items():
            rows += [f"{blob}:"] if len(self.answers) > 1 else []
            rows += one.lines(choice)
            rows += [f"-> {self.files[blob]}"] if blob in self.files else []
        return rows

    def plain(self, choice: Choice) -> dict[str, Any]:
        """Plain values for JSON."""
        outputs = {
            blob: one.plain(choice) | ({"file": self.files[blob]} if blob in self.files else {})
            for blob, one in self.answers.items()
        }
        height, width = self.size
        return {"image": self.path, "height": height, "width": width, "outputs": outputs}


def predict(
    subject: Subject, paths: Sequence[str], choice: Choice, folder: Path | None
) -> Iterator[Seen]:
    """Yield what the net sees in each picture.

    folder: where boxes and masks are drawn, as NAME_boxes.png and NAME_mask.png; None for nowhere
    Raises: DataError for a picture that cannot be read.
    """
    for path in paths:
        pixels = subject.read(path)
        size = pixels.shape[1], pixels.shape[2]
        values = subject.blobs(pixels, list(subject.scores))
        answers = {
            blob: answer(subject.graph, blob, values[blob].float().numpy(), applies, size)
            for blob, applies in subject.scores.items()
        }
        files: dict[str, str] = {}
        for blob, one in answers.items():
            if folder is not None and isinstance(one, Boxes | Mask):
                kind = "boxes" if isinstance(one, Boxes) else "mask"
                several = "" if not files else "_" + re.sub(r"\W+", "_", blob)
                file = folder / f"{Path(path).stem}{several}_{kind}.png"
                with folders_above(file):
                    draw(one, pixels, choice, file)
                files[blob] = str(file)
        yield Seen(path, size, answers, files)


def label_note(seen: Seen, choice: Choice) -> str:
    """What to tell where the names of classes do not fit the scores, "" if they do."""
    for blob, one in seen.answers.items():
        if isinstance(one, Classes) and choice.labels and len(choice.labels) != len(one.scores):
            return (
                f"{len(choice.labels)} names of classes, and blob {blob} has {len(one.scores)} "
                "scores: is it the right --labels?"
            )
    return ""
