"""The text of a net or solver in the present format: edited where possible, else written anew."""

from __future__ import annotations

import re

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError
from caffe2torch.format import schema
from caffe2torch.format.schema import SeveralSchemaError
from caffe2torch.format.text import BOM, Document, apply
from caffe2torch.format.upgrade import Net, Solver
from caffe2torch.format.upgrade.edits import net_edits, solver_edits

_FIRST_COMMENT = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*")


def rewritten(read: Net | Solver) -> tuple[str, bool]:
    """Return the text of what was read, and whether comments and layout are those of the file.

    Raises: ValueError if it was read from a binary file; SeveralSchemaError if fields that the
    schema does not have would be lost.
    """
    if read.document is None:
        raise ValueError("a binary file has no text")
    if not read.notes:
        return read.document.text, True
    edited = _edited(read, read.document)
    if edited is not None:
        return edited, True
    if getattr(read, "unknown", None):
        raise SeveralSchemaError(read.unknown)  # type: ignore[union-attr]
    source = read.document.text
    head = _FIRST_COMMENT.match(source.removeprefix(BOM))
    text = (head[0] if head and "#" in head[0] else "") + schema.to_text(read.message)
    return text, not _comments(read.document, head[0] if head else "")


def _edited(read: Net | Solver, document: Document) -> str | None:
    """The text after the edits, if it says exactly what the upgrade made; else None."""
    try:
        if isinstance(read.message, pb.SolverParameter):
            edits = solver_edits(document, read.message)
        else:
            edits = net_edits(document, read.message)
        text = apply(document.text, edits)
        again = schema.parse_message(
            text, read.message.DESCRIPTOR.name, document.file, bool(getattr(read, "unknown", None))
        )
    except (C2TError, ValueError):
        return None
    return text if again.message == read.message else None


def _comments(document: Document, head: str) -> bool:
    """Whether there are comments behind those at the beginning."""
    rest = document.text.removeprefix(BOM)[len(head) :]
    strings = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    return "#" in re.sub(strings, "", rest)
