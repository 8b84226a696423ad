"""Types: mypy in strict mode accepts the correct calls of calls.py and refuses the wrong ones."""

import re
from pathlib import Path

from mypy import api

CALLS = Path(__file__).with_name("calls.py")


def test_mypy_finds_the_errors_that_are_marked_and_no_others(tmp_path):
    lines = enumerate(CALLS.read_text(encoding="utf-8").splitlines(), start=1)
    expected = {number for number, line in lines if line.endswith("# error")}
    options = ["--strict", "--ignore-missing-imports", "--config-file=", f"--cache-dir={tmp_path}"]
    report, failure, _ = api.run([*options, str(CALLS)])
    assert failure == ""
    found = {int(number) for number in re.findall(r"calls\.py:(\d+): error: ", report)}
    assert found == expected, report
