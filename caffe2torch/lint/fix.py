"""Edits of prototxt by field path, for rules; and how fixes are applied.

A rule never touches text: it asks here for edits. All edits of all fixes are applied once, the
last position first, so that comments and layout survive.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.format import text
from caffe2torch.format.text import Block, Document, Field
from caffe2torch.format.upgrade import Solver
from caffe2torch.lint import legacy
from caffe2torch.lint.finding import FileEdit, Finding, Fix

if TYPE_CHECKING:
    from caffe2torch.config.references import Reference
    from caffe2torch.format.upgrade import Net
    from caffe2torch.lint.context import Context

MAX_PASSES = 10


# -- edits for rules --------------------------------------------------------------------------


def put_solver(solver: Solver, name: str, value: str) -> list[FileEdit]:
    """Set a field of the solver, adding it after the last field if it is not written.

    value: its source, such as '0.01' or '"step"'.
    """
    if solver.document is None:
        return []
    return put(solver.document, solver.document.root, name, value)


def put_layer(net: Net, index: int, path: str, value: str) -> list[FileEdit]:
    """Set a field of a layer by its dotted path.

    value: '0.01' for a number, '"x"' for a string, '{ type: "msra" }' for a whole message.
    """
    block, path = net.origins[index], legacy.path(net, index, path)
    if net.document is None or block is None or not path:
        return []
    return put(net.document, block, path, value)


def put_reference(reference: Reference, path: str) -> list[FileEdit]:
    """Write another path where a solver or a layer names one."""
    owner, value = reference.owner, string(path)
    if isinstance(owner, Solver):
        return put_solver(owner, reference.field, value)
    if reference.index is None:
        return []
    return put_layer(owner, reference.index, reference.field, value)


def drop_layer_field(net: Net, index: int, path: str) -> list[FileEdit]:
    """Remove a field of a layer by its dotted path, all of them if it is repeated."""
    block, path = net.origins[index], legacy.path(net, index, path)
    if net.document is None or block is None or not path:
        return []
    return drop(net.document, block, path)


def drop_solver(solver: Solver, name: str) -> list[FileEdit]:
    """Remove a field of the solver."""
    return drop(solver.document, solver.document.root, name) if solver.document else []


def insert_after_layer(net: Net, index: int, source: str) -> list[FileEdit]:
    """Write new text (whole layers, without a last line end) behind a layer."""
    block = net.origins[index]
    if net.document is None or block is None or legacy.is_old(net.document):
        return []  # a file holds layers of one format only
    return [FileEdit(net.document.file, block.end, block.end, "\n" + source)]


def drop_layer(net: Net, index: int) -> list[FileEdit]:
    """Remove a whole layer with its line ends."""
    block = net.origins[index]
    if net.document is None or block is None or legacy.is_nested(block):
        return []
    return [_whole_lines(net.document, block.start, block.end)]


def put(document: Document, block: Block, path: str, value: str) -> list[FileEdit]:
    """Set the field at a dotted path below `block`; missing messages on the way are added.

    "mean_value[1]" is the second of a repeated field.
    """
    name, _, rest = path.partition(".")
    name, _, index = name.partition("[")
    field = block.find(name, int(index.rstrip("]") or 0))
    if field is None and _misread(document, block, name):
        return []
    if field is None:
        source = value
        for part in reversed(rest.split(".") if rest else []):
            source = f"{{ {_assign(part, source)} }}"
        return [_insert(document, block, _assign(name, source))]
    if rest and isinstance(field.value, Block):
        return put(document, field.value, rest, value)
    if field.brackets:  # one element of a list: its name stands only once
        return [FileEdit(document.file, field.value.start, field.value.end, value)]
    return [FileEdit(document.file, field.start, _end(field), _assign(name, value))]


def put_all(
    document: Document | None, block: Block | None, name: str, values: list[str]
) -> list[FileEdit]:
    """Set a repeated field of a block to these values, at most as many as it has now."""
    elements = block.all(name) if block else []
    if document is None or not elements:
        return []
    if elements[0].brackets:
        source = f"{name}: [{', '.join(values)}]"
        return [FileEdit(document.file, elements[0].start, elements[0].brackets[1], source)]
    edits = [
        FileEdit(document.file, item.start, item.value.end, _assign(name, value))
        for item, value in zip(elements, values, strict=False)
    ]
    spare = elements[len(values) :]
    return edits + [_whole_lines(document, item.start, item.value.end) for item in spare]


def drop(document: Document, block: Block, path: str) -> list[FileEdit]:
    """Remove the fields at a dotted path below `block`."""
    name, _, rest = path.partition(".")
    edits = []
    for field in block.all(name):
        if rest and isinstance(field.value, Block):
            edits += drop(document, field.value, rest)
        else:
            edits.append(_whole_lines(document, field.start, _end(field)))
    return list(dict.fromkeys(edits))


def number(value: float) -> str:
    """A number as a person would write it: three digits, no exponent where it stays short."""
    rounded = float(f"{value:.3g}")
    return (
        f"{rounded:.12f}".rstrip("0").rstrip(".") if 1e-6 <= abs(rounded) < 1e7 else f"{rounded:g}"
    )


def exact(value: float) -> str:
    """A number as the shortest text that is the same float32: to copy what is written elsewhere."""
    from caffe2torch.layers.code import number as literal

    text = literal(value)
    return text.removesuffix(".0")


def string(value: str) -> str:
    """Write a string as a prototxt does."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _misread(document: Document, block: Block, name: str) -> bool:
    """Whether the field is written, but in a way that the schema refused."""
    inside = document.text[block.open : block.end] if block.end > block.open else document.text
    while True:
        flat = re.sub(r"(?<=.)\{[^{}]*\}", "", inside, flags=re.DOTALL)
        if flat == inside:
            return re.search(rf"^[^#\n]*\b{re.escape(name)}\s*:", flat, re.MULTILINE) is not None
        inside = flat


def _assign(name: str, value: str) -> str:
    return f"{name} {value}" if value.startswith("{") else f"{name}: {value}"


def _end(item: Field) -> int:
    """Where a field ends: a list's elements all end with its bracket."""
    return item.brackets[1] if item.brackets else item.value.end


def _insert(document: Document, block: Block, source: str) -> FileEdit:
    """Add a field as the last one of a block, in the block's own layout."""
    source_text = document.text
    last = _end(block.fields[-1]) if block.fields else None
    is_root = block is document.root
    inline = not is_root and "\n" not in source_text[block.open : block.end]
    if inline:
        at = last if last is not None else block.open + 1
        tail = "" if source_text[at : at + 1].isspace() else " "
        return FileEdit(document.file, at, at, f" {source}{tail}")
    if last is None:
        at = block.open + 1 if not is_root else len(source_text)
        indent = "" if is_root else _indent(source_text, block.start) + "  "
        return FileEdit(document.file, at, at, f"\n{indent}{source}")
    indent = _indent(source_text, block.fields[-1].start)
    line_end = source_text.find("\n", last)
    line_end = len(source_text) if line_end < 0 else line_end
    # behind a comment that stands on the same line, but never behind a closing brace
    rest = source_text[last:line_end].lstrip(" \t,;")
    at = line_end if not rest or rest.startswith("#") else last
    at = _before_return(source_text, at)
    return FileEdit(document.file, at, at, f"{_newline(source_text)}{indent}{source}")


def _newline(source: str) -> str:
    """The line end of the file, judged by its first line."""
    first = source.find("\n")
    return "\r\n" if first > 0 and source[first - 1] == "\r" else "\n"


def _before_return(source: str, at: int) -> int:
    return at - 1 if source[at - 1 : at] == "\r" else at


def _indent(source: str, at: int) -> str:
    line = source[source.rfind("\n", 0, at) + 1 : at]
    match = re.match(r"[ \t]*", line)
    return match[0] if match else ""


def _whole_lines(document: Document, start: int, end: int) -> FileEdit:
    """Remove start:end, and its lines with it if nothing else stands on them."""
    source = document.text
    line = source.rfind("\n", 0, start) + 1
    after = re.compile(r"[ \t]*[,;]?[ \t]*(?:#[^\n]*)?(\r?\n|\Z)").match(source, end)
    if not source[line:start].strip() and after:
        return FileEdit(document.file, line, after.end(), "")
    blank = re.compile(r"[ \t]*[,;]?[ \t]*").match(source, end)
    return FileEdit(document.file, start, blank.end() if blank else end, "")


# -- applying ---------------------------------------------------------------------------------


@dataclass
class Applied:
    """Texts after the fixes: path -> new text, and the fixes that were made."""

    texts: dict[str, str]
    fixes: list[Fix]


def apply_all(
    relint: Callable[[dict[str, str]], tuple[Context, list[Finding]]], unsafe: bool
) -> Applied:
    """Apply fixes, the findings' order first, until none is left or nothing changes.

    relint: lints with texts in place of what the disk holds.
    Of two fixes that would edit the same stretch the first is made, and the second again looked
    for in the next pass.
    """
    texts: dict[str, str] = {}
    applied: list[Fix] = []
    for _ in range(MAX_PASSES):
        context, findings = relint(texts)
        chosen = choose(findings, unsafe)
        if not chosen:
            break
        applied += chosen
        for file, edits in by_file(chosen).items():
            new = text.apply(context.files.text(file), edits)
            if new == context.files.text(file):
                return Applied(texts, applied)
            texts[file] = new
    return Applied(texts, applied)


def choose(findings: Iterable[Finding], unsafe: bool) -> list[Fix]:
    """The fixes to make in one pass: no two of them edit the same stretch differently."""
    taken: dict[str, list[FileEdit]] = {}
    chosen: dict[Fix, None] = {}
    for finding in findings:
        fix = finding.fix
        if fix is None or not fix.edits or not (unsafe or fix.safe) or fix in chosen:
            continue
        if not any(_collides(edit, taken.get(edit.file, [])) for edit in fix.edits):
            chosen[fix] = None
            for edit in fix.edits:
                _keep(edit, taken.setdefault(edit.file, []))
    return list(chosen)


def _keep(edit: FileEdit, taken: list[FileEdit]) -> None:
    """Put an edit among others of its file, in their order."""
    at = bisect_left(taken, edit.start, key=_start)
    if edit not in taken[at : at + 1]:
        taken.insert(at, edit)


def _collides(edit: FileEdit, taken: list[FileEdit]) -> bool:
    """Whether an edit collides with others of its file, which are in order and do not overlap."""
    at = bisect_left(taken, edit.start, key=_start)
    return any(_collide(edit, other) for other in taken[max(0, at - 1) : at + 2])


def _start(edit: FileEdit) -> int:
    return edit.start


def _collide(a: FileEdit, b: FileEdit) -> bool:
    if a.file != b.file or a == b:
        return False
    if a.start == a.end or b.start == b.end:  # insertions
        return a.start == b.start or a.start < b.start < a.end or b.start < a.start < b.end
    return a.start < b.end and b.start < a.end


def by_file(fixes: Iterable[Fix]) -> dict[str, list[text.Edit]]:
    """Edits of fixes by file, each once."""
    out: dict[str, list[text.Edit]] = {}
    for edit in dict.fromkeys(edit for fix in fixes for edit in fix.edits):
        out.setdefault(edit.file, []).append(text.Edit(edit.start, edit.end, edit.new))
    return out


def write(texts: dict[str, str]) -> None:
    """Write fixed texts, each aside and then in place. Raises OSError."""
    for file, new in texts.items():
        with replacing(file) as aside:
            aside.write_bytes(new.encode("utf-8", "surrogateescape"))


def diff(texts: dict[str, str]) -> str:
    """A unified diff of what `write` would change."""
    from difflib import unified_diff

    out: list[str] = []
    for file, new in texts.items():
        old = inputs.read(file).decode("utf-8", "surrogateescape")
        lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
        out += unified_diff(*lines, fromfile=file, tofile=file)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in out)
