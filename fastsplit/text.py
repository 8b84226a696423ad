"""Text from data, such as labels, headers and file names, as a terminal may show it."""

from __future__ import annotations


def printable(text: object) -> str:
    r"""Return text with every unprintable character escaped as in `repr`, so that it is one line and no command.

    Among them are escape sequences, which would move a terminal's cursor or hide text, line ends, marks that turn the
    direction of writing, and lone surrogates, which stand for bytes of a file name that are not UTF-8.

    Examples
    --------
    >>> from fastsplit.text import printable
    >>> print(printable("a\x1b[31m\n"))
    a\x1b[31m\n
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
