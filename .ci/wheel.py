"""Check the names and the code of repaired wheels: ``python .ci/wheel.py WHEEL...``.

A wheel must run on every machine that its name promises: with the C library of 2018, and on x86-64 without AVX. Only
functions that `csrc/parts/cpu.hpp` chooses at run time may use AVX.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NEWEST_GLIBC = (2, 28)  # that of the image in which cibuildwheel builds, and of NumPy's wheels
TAG = re.compile(r"[-.]manylinux_(\d+)_(\d+)_")
FUNCTION = re.compile(r"[0-9a-f]+ <(.*)>:")
CHOSEN = re.compile(r"avx(2|512)")
AVX = re.compile(r"%[yz]mm\d")


def require(holds: bool, wheel: Path, what: str) -> None:
    """Exit with a message if a wheel is not as it must be."""
    if not holds:
        sys.exit(f"{wheel.name}: {what}")


def uses_of_avx(library: Path) -> tuple[set[str], set[str]]:
    """Return the functions with AVX registers that are chosen at run time, and those that are not."""
    code = subprocess.run(["objdump", "-d", library], check=True, capture_output=True, text=True).stdout
    chosen, others, function = set(), set(), ""
    for line in code.splitlines():
        if start := FUNCTION.fullmatch(line):
            function = start[1]
        elif AVX.search(line):
            (chosen if CHOSEN.search(function) else others).add(function)
    return chosen, others


def check(wheel: Path) -> None:
    """Check one wheel."""
    glibc = min(((int(major), int(minor)) for major, minor in TAG.findall(wheel.name)), default=None)
    require(glibc is not None, wheel, "not a manylinux wheel")
    require(glibc <= NEWEST_GLIBC, wheel, f"needs a newer C library than {'.'.join(map(str, NEWEST_GLIBC))}")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as files:
        files.extractall(folder)
        libraries = sorted(Path(folder).glob("**/*.so"))
        require(bool(libraries), wheel, "has no compiled module")
        chosen: set[str] = set()
        for library in libraries:
            used, others = uses_of_avx(library)
            chosen |= used
            require(not others, wheel, f"{library.name} uses AVX on every machine: {', '.join(sorted(others)[:3])}")
        if wheel.name.endswith("x86_64.whl"):
            require(bool(chosen), wheel, "has no function for AVX, or is stripped of its names")
    print(f"{wheel.name}: {len(libraries)} modules, {len(chosen)} functions for AVX")


for name in sys.argv[1:]:
    check(Path(name))
