"""The words of messages: the library names arguments of Python, the command line its options."""

from __future__ import annotations

import re
from collections.abc import Callable

# An argument is named at the beginning of a message; elsewhere the same word may be part of a file's name.
_ARGUMENT = re.compile(r"(seed|threads|dtype|sizes|min_per_split)(?:=(\d+))?(?= (?:must|cannot|with|given) )")

_PHRASES: tuple[
    tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...
] = (  # with ways out that the command line does not have, and those that it has
    (
        re.compile(r"; try balance='closest', another seed or a smaller minimum$"),
        "; try another --seed, or a smaller N",
    ),
    (
        re.compile(r"^integer sizes are counts: (([\d +]+) takes .*); for percentages pass fractions, such as 0\.8$"),
        lambda match: f"--sizes are counts: {match[1]}; did you mean {match[2].replace(' +', '%')}%?",
    ),
    (
        re.compile(r"^labels are (\d+), fewer than the (\d+) that the plan was made from; without ids .*$"),
        r"SOURCE has \1 examples, fewer than the \2 that the plan was made from; without ids they are split as the "
        "first of these: pass all files, old ones first, or make the plan with --ids-column",
    ),
    (re.compile(r"^(the plan has no ids: .*) make the plan again with ids=$"), r"\1 split again with --ids-column"),
    (
        re.compile(r"^labels changed since they were counted: .*$"),
        "the files changed while they were read: classes have other counts; run again when nothing writes to them",
    ),
)


def in_options(message: str) -> str:
    """Return a message of the library with the options of the command line instead of Python's arguments."""
    for pattern, words in _PHRASES:
        message = pattern.sub(words, message)
    named = _ARGUMENT.match(message)
    if named is None:
        return message
    value = "" if named[2] is None else f" {named[2]}"
    return f"--{named[1].replace('_', '-')}{value}{message[named.end() :]}"
