"""The pages of rules, by code, name, prefix or words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from caffe2torch.errors import UnsupportedError
from caffe2torch.lint import faults, rules


def pages(codes: Iterable[str]) -> list[str]:
    """The page of each code, once, in the order in which they come."""
    return [page(code) for code in dict.fromkeys(codes)]


def page(code: str) -> str:
    """The documentation of a code, the engine's own too. Raises UnsupportedError."""
    if code in faults.CODES:
        name, summary = faults.CODES[code]
        return f"{code} {name} (error)\n\n{summary}"
    rule = rules.find(code)
    return f"{rule.title} ({rule.severity})\n\n{rule.doc}"


def explain(key: str) -> str:
    """The page that a key names, or a line for each of several that it may mean.

    key: a code (C2T201, 201), a name (signal-vanishes), the beginning of either (C2T2, signal), or
    words, all of which stand in a rule's name or page

    Raises: UnsupportedError with the nearest names if there is none.
    """
    wanted = key.strip().lower()
    codes = _matching(wanted)
    if not codes:
        raise UnsupportedError(f'no rule "{key}"', hint=_near(wanted))
    if len(codes) == 1:
        return page(codes[0])
    lines = [f"{code}  {name}: {summary}" for code, (name, summary) in _all().items()
             if code in codes]  # fmt: skip
    return "\n".join([*lines, "", f"c2t explain {codes[0]} shows one of them whole"])


def _all() -> dict[str, tuple[str, str]]:
    """Name and summary of every code."""
    return {**faults.CODES, **{rule.code: (rule.name, rule.summary) for rule in rules.every()}}


def _matching(wanted: str) -> list[str]:
    """Codes that a key means, by the first of these ways that gives any."""
    known = _all()
    docs = {rule.code: rule for rule in rules.every()}
    words = wanted.replace("-", " ").split()
    ways = (
        lambda code, name: wanted in (code.lower(), code[3:], name),
        lambda code, _: wanted.isalnum() and code.lower().startswith(("c2t" + wanted, wanted)),
        lambda _, name: bool(wanted) and name.startswith(wanted),
        lambda _, name: bool(words) and all(word in name.split("-") for word in words),
        lambda code, _: bool(words) and _all_in(" ".join(known[code]), words),
        lambda code, _: bool(words) and code in docs and _all_in(docs[code].doc, words),
    )  # fmt: skip
    for way in ways:
        codes = [code for code, (name, _) in known.items() if way(code, name)]
        if codes:
            return codes
    return []


def _all_in(text: str, words: list[str]) -> bool:
    return all(word in text.lower() for word in words)


def _near(wanted: str) -> str:
    names = {text.lower(): text for code, (name, _) in _all().items() for text in (code, name)}
    near = [names[text] for text in get_close_matches(wanted, names, n=2)]
    return f"did you mean {' or '.join(near)}?" if near else "`c2t rules` lists them"
