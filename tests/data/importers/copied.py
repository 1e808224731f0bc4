"""Records of a database as they are copied."""

from __future__ import annotations

from caffe2torch.data.importers.copies import Changes, copied
from caffe2torch.data.sources import open_source


def records(path: str, **changes: object) -> list[tuple[bytes, bytes]]:
    source = open_source(path)
    out = list(copied(source, Changes(**changes), lambda _line: None))  # type: ignore[arg-type]
    source.close()
    return out
