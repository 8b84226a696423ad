"""The process of one version in bench/compare.py: runs the cases as it is told, with the fastsplit that it finds.

Reads one JSON array per line and answers each with one JSON value: ``["load", title, scale]`` makes the input of a case
and answers with a checksum of fastsplit's result; ``["run", calls]`` answers with the seconds per call.
"""

from __future__ import annotations

import json
import sys
import zlib
from functools import partial
from typing import Any

import numpy as np

import fastsplit
from cases import CASES, EPOCH
from measure import seconds_of


def checksum(result: Any, start: int = 0) -> int:
    """Return a checksum of the arrays and numbers in a result; of a plan, of its cuts."""
    if isinstance(result, list | tuple):
        for part in result:
            start = checksum(part, start)
        return start
    array = np.asarray(result.cuts if isinstance(result, fastsplit.Plan) else result)
    return zlib.crc32(np.ascontiguousarray(array), start)


def main() -> None:
    """Answer until the input ends."""
    cases = {case.title: case for case in [*CASES, EPOCH]}
    body: partial[Any] | None = None
    print(json.dumps(fastsplit.__file__), flush=True)
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        if command == "load":
            title, scale = arguments
            body = None  # frees the input of the case before
            data = cases[title].make(cases[title].size(scale))
            body = partial(cases[title].contenders["fastsplit"], data)
            del data
            answer: float = checksum(body())
        else:
            answer = seconds_of(body, *arguments)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
