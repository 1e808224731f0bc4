"""Databases that Caffe reads, one backend a file: found by the name in `data_param.backend`."""

from __future__ import annotations

from glob import glob
from pathlib import Path

from caffe2torch.data.paths import places, resolve
from caffe2torch.data.sources._many import Many, is_pattern
from caffe2torch.data.sources.base import Source
from caffe2torch.errors import DataError
from caffe2torch.registry import Registry, declared

__all__ = ["Source", "open_source", "registry"]

registry = Registry("caffe2torch.data.sources", "database backend")


def open_source(path: str, backend: str = "LMDB", base: str | None = None) -> Source:
    """Open the database at `path`, relative to the working directory or else to `base`.

    backend: "LMDB", "LEVELDB" or the name of another file of this folder.
    A pattern such as "shards/*" is all databases that it matches, in the order of their names; a
    path that ends in .tar is a WebDataset shard, whatever the backend.
    Raises: DataError if there is no such database, or it is of another backend;
        UnsupportedError for an unknown backend, or one whose package is not installed.
    """
    if not path:
        raise DataError("names no database", hint="write data_param { source: ... }")
    if is_pattern(path):
        return _many(path, backend, base)
    resolved = resolve(path, base)
    backend = "TAR" if resolved.endswith(".tar") else backend
    (kind,) = declared(registry.find(backend), Source)
    if not kind.fits(resolved):
        raise _misfit(path, resolved, backend, base)
    return kind(resolved)


def _many(path: str, backend: str, base: str | None) -> Many:
    """Open all databases that a pattern matches, in the working directory or else below `base`."""
    for folder in ("", base or ""):
        names = sorted(glob(str(Path(folder, path))))  # noqa: PTH207 - absolute patterns, too
        if names:
            break
    else:
        raise DataError(f'no database matches "{path}"', hint=places(path, base))
    sources: list[Source] = []
    try:
        for name in names:
            sources.append(open_source(name, backend))
    except BaseException:
        for source in sources:
            source.close()
        raise
    return Many(path, sources)


def _misfit(path: str, resolved: str, backend: str, base: str | None) -> DataError:
    """Say what lies at `resolved` instead of a database of this backend."""
    if not Path(resolved).exists():
        return DataError(f'database "{path}" does not exist', hint=places(path, base))
    for module in registry.all():
        for kind in declared(module, Source):
            if kind.fits(resolved):
                default = " (the default is LEVELDB)" if backend == "LEVELDB" else ""
                return DataError(
                    f'database "{path}" is of backend {kind.backend}, not {backend}{default}',
                    hint=f"write backend: {kind.backend} in data_param",
                )
    return DataError(
        f'"{path}" is no database of backend {backend}',
        hint="the folder of an LMDB holds data.mdb, that of a LevelDB holds CURRENT",
    )
