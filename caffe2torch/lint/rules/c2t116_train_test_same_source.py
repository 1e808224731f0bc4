"""The test reads the training data.

What it does: compares the sources of TRAIN and TEST data layers, and looks for a data layer that
serves both phases. A test net on training data beside another on held-out data is fine.

Why: the score then says how well the net remembers, not what it does with data that it has not
seen. Overfitting cannot show.

Bad::

    layer { type: "Data" data_param { source: "all_lmdb" ... } ... }      # without include

Good::

    layer { type: "Data" include { phase: TRAIN } data_param { source: "train_lmdb" ... } ... }
    layer { type: "Data" include { phase: TEST } data_param { source: "test_lmdb" ... } ... }
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from caffe2torch.config.source import SourceUse
from caffe2torch.data.paths import resolve
from caffe2torch.lint.context import Context, NetUse
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 62


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding if every test reads training data."""
    trained = {_path(source): source for source in c.train.sources if source.source}
    tests = [use for use in c.tests if any(source.source for source in use.sources)]
    seen = [_seen(use, trained) for use in tests]
    if not seen or not all(seen) or not c.is_solver:
        return
    source = seen[0]
    assert source is not None
    shared = trained[_path(source)].index == source.index and source.net is c.train.net
    why = "one data layer without include serves both phases" if shared else "both phases read it"
    yield Finding(
        "the test scores the training data",
        source.span_param("source"),
        hint="keep a part of the data out of training, and test on that",
        about=source.name,
        why=f'"{source.source}": {why}',
    )


def _path(source: SourceUse) -> str:
    """The source, with the folder it is resolved in where it exists."""
    return str(Path(resolve(source.source, source.base)).absolute())


def _seen(use: NetUse, trained: dict[str, SourceUse]) -> SourceUse | None:
    """The test's source that training reads too, if all of its sources are."""
    sources = [source for source in use.sources if source.source]
    return sources[0] if all(_path(source) in trained for source in sources) else None
