"""Time and test the candidates for the key function, and write the tables of README.md.

The in-use tests need a compiler, NumPy and SciPy. The stream batteries run if they are installed: dieharder and
PractRand's RNG_test on the path, TestU01 where the compiler finds it (CPATH and LIBRARY_PATH).
"""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2

HERE = Path(__file__).resolve().parent
CSRC = HERE.parents[1] / "csrc"
CHOSEN, CONTROL = "mx3k", "weak"
FAIL = 1e-6  # a battery has failed if its smallest p-value times its number of tests is below this
# The tests of dieharder that take at most a few seconds and are not known to be defective.
DIEHARDER = [0, 1, 3, 4, 8, 9, 10, 11, 12, 15, 16, 100, 101, 102, 202, 203, 204, 205, 206, 207, 208, 209]


class Test(NamedTuple):
    """One in-use test of a candidate and its p-value."""

    group: str
    name: str
    p: float


class Plan(NamedTuple):
    """Sizes of a run."""

    log2_keys: int
    time_sizes: tuple[int, ...]
    time_repeats: int
    practrand: str
    chosen: tuple[str, ...]
    others: tuple[str, ...]
    dieharder: tuple[tuple[str, str, str], ...]


FULL = Plan(
    19,
    (10**7, 10**8),
    7,
    "512MB",
    ("counter", "shl8", "shl16", "shl24", "shl32", "rev", "gray", "seeds"),
    ("counter", "shl32", "rev"),
    ((CHOSEN, "counter", "hi"), (CHOSEN, "shl32", "hi"), (CHOSEN, "seeds", "hi"), (CONTROL, "counter", "hi")),
)
QUICK = Plan(14, (10**7,), 3, "64MB", ("counter", "seeds"), ("counter",), ())


def build(folder: Path) -> tuple[Path, bool]:
    """Compile battery.cpp.

    Parameters
    ----------
    folder : Path
        The folder of the program.

    Returns
    -------
    tuple[Path, bool]
        The program, and whether it includes TestU01.
    """
    program = folder / "battery"
    base = ["g++", "-std=c++17", "-O3", "-w", "-I", str(CSRC), str(HERE / "battery.cpp"), "-o", str(program)]
    testu01 = ["-DTESTU01", "-ltestu01", "-lprobdist", "-lmylib", "-lm"]
    if subprocess.run(base + testu01, capture_output=True, check=False).returncode == 0:
        return program, True
    subprocess.run(base, check=True)
    return program, False


def output(*command: object) -> str:
    """Run a command and return what it prints."""
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout


def check_seeds(program: Path) -> None:
    """Compare the program's expansion of seeds into key words with NumPy's."""
    for first in (0, 2**32 - 2, 2**40 + 12345):
        words = output(program, "seeds", first, 100).split()
        for i in range(100):
            expected = np.random.SeedSequence(first + i).generate_state(6, np.uint64)[:2]
            if [int(w) for w in words[2 * i : 2 * i + 2]] != expected.tolist():
                raise SystemExit(f"key words of seed {first + i} differ from NumPy's")


def machine() -> str:
    """Describe processor, compiler and libraries in one line."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    fields = {k: re.search(rf"^{k}\s*: (.*)$", info, re.M) for k in ("model name", "cpu family", "model")}
    cpu = ", ".join(f"{k} {m[1]}" if k != "model name" else m[1] for k, m in fields.items() if m)
    compiler = output("g++", "--version").splitlines()[0]
    return f"{cpu}; {compiler}, -O3; Python {platform.python_version()}, NumPy {np.__version__}"


def timing(program: Path, names: list[str], plan: Plan) -> str:
    """Time the candidates, interleaved, and return the table."""
    sizes, sets = plan.time_sizes, ("sse2", "avx2", "avx512")
    ns: dict[tuple[str, str, int], str] = {}
    for size in sizes:
        for line in output(program, "time", ",".join(names), size, plan.time_repeats).splitlines():
            name, isa, n, value = line.split()
            ns[name, isa, int(n)] = f"{float(value):.2f}"
    rows = [f"{machine()}; medians of {plan.time_repeats} interleaved runs, one thread.", ""]
    heads = [f"{isa}, {size:.0e}".replace("e+0", "e") for isa in sets for size in sizes]
    rows.append("| ns/key | " + " | ".join(heads) + " |")
    rows.append("| --- " * (len(sets) * len(sizes) + 1) + "|")
    rows += [f"| {name} | " + " | ".join(ns[name, i, s] for i in sets for s in sizes) + " |" for name in names]
    return "\n".join(rows)


def in_use(program: Path, name: str, plan: Plan) -> list[Test]:
    """Run the in-use tests of one candidate and return their p-values."""
    lines = [line.rsplit(maxsplit=2) for line in output(program, "inuse", name, plan.log2_keys).splitlines()]
    p = chi2.sf([float(x) for _, x, _ in lines], [int(df) for _, _, df in lines])
    labels = [label.partition(" ") for label, _, _ in lines]
    return [Test(group, test, float(value)) for (group, _, test), value in zip(labels, p, strict=True)]


def in_use_table(program: Path, names: list[str], plan: Plan) -> tuple[str, bool]:
    """Run the in-use tests of all candidates.

    Returns
    -------
    tuple[str, bool]
        The table, and whether the chosen key passed while the control failed.
    """
    rows: list[str] = []
    verdict: dict[str, bool] = {}
    for name in names:
        tests = in_use(program, name, plan)
        smallest = min(t.p for t in tests)
        verdict[name] = smallest * len(tests) >= FAIL
        failed = [t for t in tests if t.p * len(tests) < FAIL]
        groups = Counter(t.group for t in tests)
        cells = []
        for group, total in groups.items():
            bad = [t for t in failed if t.group == group]
            kinds = ", ".join(k for k, _ in Counter(t.name.rsplit(".", 1)[1] for t in bad).most_common(3))
            cells.append(f"{len(bad)}/{total} ({kinds})" if bad else "0")
        if not rows:
            rows = ["| key | verdict | min p | tests | " + " | ".join(f"{g} failed" for g in groups) + " |"]
            rows.append("| --- " * (4 + len(groups)) + "|")
        word = "pass" if verdict[name] else "FAIL" if {t.group for t in failed} - {"related"} else "FAIL related keys"
        rows.append(f"| {name} | {word} | {smallest:.1e} | {len(tests)} | " + " | ".join(cells) + " |")
        print(rows[-1], flush=True)
    keys = f"2^{plan.log2_keys} key pairs (seeds 0, 1, ...), up to 100000 of them for the id sets.\n\n"
    return keys + "\n".join(rows), verdict[CHOSEN] and not verdict[CONTROL]


def p_value(text: str) -> float:
    """Read a p-value of TestU01's summary as the smaller tail."""
    upper = text.startswith("1")  # "1 - eps1", "1 - 3.2e-7", or a plain number above 0.999
    text = text.removeprefix("1 - ") if " - " in text else text
    named = {"eps": 1e-300, "eps1": 1e-16}
    value = named[text] if text in named else float(text)
    return value if upper else min(value, 1 - value)


def small_crush(program: Path, name: str, ids: str, width: str) -> str:
    """Run SmallCrush on one stream; 15 statistics."""
    summary = output(program, "small", name, ids, 1, width).split("Summary results")[1]
    found = re.findall(r"^ +\d+  .*?(1 -  ?\S+|eps1?|\d\S*e-\d+|0\.\d+) *$", summary, re.M)
    bad = [p for p in (p_value(re.sub(r" +", " ", f)) for f in found) if p * 15 < FAIL]
    if bad:
        return f"FAIL {len(bad)}/15"
    return "pass" if not found else f"pass (smallest tail {min(p_value(re.sub(r' +', ' ', f)) for f in found):.0e})"


def practrand(program: Path, name: str, ids: str, width: str, length: str) -> str:
    """Run PractRand on one stream, up to a length."""
    source = [str(program), "stream", name, ids, "1", "64" if width == "64" else width]
    sink = ["RNG_test", "stdin64" if width == "64" else "stdin32", "-tlmax", length]
    with subprocess.Popen(source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as words:
        text = subprocess.run(sink, stdin=words.stdout, capture_output=True, text=True, check=False).stdout
        words.kill()
    last = re.split(r"(?=^length= )", text, flags=re.M)[-1]
    reached = re.search(r"length= (\S+ \S+)", last)
    if "FAIL" in last:
        return f"FAIL at {reached[1] if reached else '?'}"
    odd = re.findall(r"(unusual|mildly suspicious|very suspicious|suspicious)", last)
    return "pass" + (f" ({', '.join(odd)})" if odd else "") if "length=" in last else "no result"


def dieharder(program: Path, name: str, ids: str, width: str) -> str:
    """Run the chosen tests of dieharder on one stream."""
    seen: Counter[str] = Counter()
    for test in DIEHARDER:
        source = [str(program), "stream", name, ids, "1", width]
        sink = ["dieharder", "-g", "200", "-d", str(test)]
        with subprocess.Popen(source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as words:
            text = subprocess.run(sink, stdin=words.stdout, capture_output=True, text=True, check=False).stdout
            words.kill()
        seen.update(re.findall(r"(PASSED|WEAK|FAILED)", text))
    word = "FAIL" if seen["FAILED"] else "pass"
    return f"{word}: {seen['PASSED']} passed, {seen['WEAK']} weak, {seen['FAILED']} failed"


def streams(program: Path, names: list[str], plan: Plan, testu01: bool) -> str:
    """Run the installed stream batteries and return the table."""
    both = ("64", "hi")
    jobs = [(CHOSEN, ids, width) for ids in plan.chosen for width in both]
    jobs += [(name, ids, "hi") for name in names if name != CHOSEN for ids in plan.others]
    rows = ["| key | ids | bits | SmallCrush | PractRand " + plan.practrand + " | dieharder |", "| --- " * 6 + "|"]
    has_dieharder, has_practrand = shutil.which("dieharder"), shutil.which("RNG_test")
    for job in jobs:
        cells = [
            small_crush(program, *job) if testu01 else "",
            practrand(program, *job, plan.practrand) if has_practrand and job[1] in ("counter", "rev", "seeds") else "",
            dieharder(program, *job) if has_dieharder and job in plan.dieharder else "",
        ]
        rows.append(f"| {' | '.join(job)} | {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    return "\n".join(rows)


def write(section: str, text: str) -> None:
    """Replace one marked section of README.md."""
    readme = HERE / "README.md"
    start, end = f"<!-- {section} -->", f"<!-- /{section} -->"
    before, rest = readme.read_text().split(start)
    readme.write_text(f"{before}{start}\n{text}\n{end}{rest.split(end)[1]}")


def main() -> int:
    """Run the requested stages; return 1 if the chosen key fails in use or the control passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, about three minutes; writes nothing")
    parser.add_argument("--only", choices=["timing", "inuse", "streams"], action="append", help="stages to run (all)")
    arguments = parser.parse_args()
    tables: dict[str, str] = {}
    stages = arguments.only or ["timing", "inuse", "streams"]
    plan, sound = QUICK if arguments.quick else FULL, True
    with tempfile.TemporaryDirectory() as folder:
        program, testu01 = build(Path(folder))
        check_seeds(program)
        names = output(program, "list").split()
        if "timing" in stages:
            tables["timing"] = timing(program, names, plan)
            print(tables["timing"], flush=True)
        if "inuse" in stages:
            tables["inuse"], sound = in_use_table(program, names, plan)
        if "streams" in stages:
            kept = [n for n in names if not n.startswith("philox")]
            tables["streams"] = streams(program, kept, plan, testu01)
    if not arguments.quick:
        for section, text in tables.items():
            write(section, text)
    print("sound" if sound else "NOT SOUND")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
