"""fastsplit.strata against quantile bins, and its time against a sort: `python bench/continuous.py`.

Writes CPU time relative to numpy.lexsort of the same values and keys, and how close splits come to the distribution of
the whole, to RESULTS.md and docs/regression-targets.md. Results are checked before anything is timed.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from functools import partial

import numpy as np

import fastsplit
from contenders import SIZES, Array
from fastsplit.engine.strata import _SEED
from fastsplit.reference.keys import keys
from machine import BENCH, ROOT, machine
from model_selection import amount, medians, speed
from render import replace_between, table

ROWS = (1_000, 10_000, 100_000, 1_000_000)
BUDGET, QUICK_BUDGET = 5.0, 0.1  # seconds per row
QUALITY_ROWS = (1_000, 100_000)
SEEDS, QUICK_SEEDS = 20, 3
COVARIATE_ROWS = 100_000
QUICK_ROWS = 10_000  # at most, in a hurry
CHECKED = 10  # targets, before any is timed
SIGMA = 1.5  # of the logarithm of the target

Strata = Callable[[Array], Array]
WAYS: dict[str, Strata] = {
    "random": lambda y: np.zeros(len(y), dtype=np.int64),
    "4 quantile bins": partial(fastsplit.strata, bins=4),
    "10 quantile bins": partial(fastsplit.strata, bins=10),
    "100 quantile bins": partial(fastsplit.strata, bins=100),
    "strata": lambda y: fastsplit.strata(y, SIZES),
}


def target(n: int) -> Array:
    """Return a skewed target: prices, incomes, durations."""
    return np.random.default_rng(0).lognormal(0, SIGMA, n)


def covariates(n: int, d: int) -> Array:
    """Return d covariates of which every two are correlated."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)) + rng.normal(size=(n, 1))


def crossed_quartiles(y: Array) -> Array:
    """Return the cell of each row among the quartiles of all columns."""
    cells = [fastsplit.strata(column, bins=4) for column in y.T]
    return np.ravel_multi_index(cells, (4,) * len(cells))


def timed(rows: tuple[int, ...], budget: float) -> str:
    """Measure CPU time against a sort; return a table.

    Every call has other values: a processor learns the branches of sorting the same thousand values.
    """
    cells = []
    for n in rows:
        targets = np.random.default_rng(0).lognormal(0, SIGMA, (max(1, ROWS[-1] // n), n))
        example_keys = keys(_SEED, np.arange(n, dtype=np.uint64))
        for y in targets[:CHECKED]:
            assert np.array_equal(fastsplit.strata(y, SIZES)[np.lexsort((example_keys, y))], np.arange(n) // 10)
        ours_next, base_next = itertools.cycle(targets).__next__, itertools.cycle(targets).__next__
        bodies = {
            "strata": partial(on_next, ours_next, partial(fastsplit.strata, sizes_or_k=SIZES)),
            "lexsort": partial(on_next, base_next, partial(sorted_by_lexsort, example_keys)),
        }
        seconds = medians(bodies, budget)
        base, ours = seconds["lexsort"], seconds["strata"]
        cells.append([f"{n:,}", amount(base), amount(ours), speed(base, ours)])
        print(*cells[-1], sep=" | ", flush=True)
    return table(["rows", "numpy.lexsort", "strata", "speed"], cells)


def on_next(take: Callable[[], Array], body: Callable[[Array], Array]) -> Array:
    """Call the body with the next target."""
    return body(take())


def sorted_by_lexsort(example_keys: Array, y: Array) -> Array:
    """Return the order of (value, key)."""
    return np.lexsort((example_keys, y))


def distances(y: Array, parts: fastsplit.Splits) -> tuple[list[float], float]:
    """Return the Kolmogorov-Smirnov distance of each split from all values, and the worst excess in examples."""
    n, in_order = len(y), parts.assignment[np.argsort(y, kind="stable")]
    share = np.arange(1, n + 1) / n
    found, worst = [], 0.0
    for split, size in enumerate(SIZES):
        below = np.cumsum(in_order == split)
        found.append(float(np.abs(below / below[-1] - share).max()))
        worst = max(worst, float(np.abs(below - share * (n * size)).max()))
    return found, worst


def closeness(rows: tuple[int, ...], n_seeds: int) -> str:
    """Split a target in every way, with many seeds; return a table."""
    cells = []
    for n in rows:
        y = target(n)
        n_test = round(n * SIZES[-1])
        of_random = float(y.std() * np.sqrt(1 / n_test - 1 / n))
        for name, way in WAYS.items():
            codes = way(y)
            splits = [fastsplit.split(codes, SIZES, seed=seed) for seed in range(n_seeds)]
            found = [distances(y, parts) for parts in splits]
            mean = np.mean([distance for distance, _ in found], axis=0)
            worst = max(excess for _, excess in found)
            off = np.array([y[parts[-1]].mean() for parts in splits]) - y.mean()
            spread = float(np.sqrt((off**2).mean())) / of_random
            cells.append([f"{n:,}", name, " / ".join(f"{x:.1e}" for x in mean), f"{worst:.1f}", f"{spread:.2f}"])
            print(*cells[-1], sep=" | ", flush=True)
    header = ["rows", "", "mean KS distance of train / val / test", "worst excess, examples", "spread of the test mean"]
    return table(header, cells)


def closeness_of_covariates(n: int, n_seeds: int) -> str:
    """Split by several covariates in every way, with many seeds; return a table."""
    cells = []
    for d in (2, 4):
        y = covariates(n, d)
        ways = {"random": WAYS["random"], "crossed quartiles": crossed_quartiles, "strata": WAYS["strata"]}
        of_random = y.std(axis=0) * np.sqrt(1 / round(n * SIZES[-1]) - 1 / n)
        for name, way in ways.items():
            codes = way(y)
            splits = [fastsplit.split(codes, SIZES, seed=seed) for seed in range(n_seeds)]
            worst = max(distances(column, parts)[0][-1] for parts in splits for column in y.T)
            off = np.array([y[parts[-1]].mean(axis=0) for parts in splits]) - y.mean(axis=0)
            spread = float(np.sqrt(((off / of_random) ** 2).mean()))
            cells.append([str(d), name, f"{worst:.1e}", f"{spread:.2f}"])
            print(*cells[-1], sep=" | ", flush=True)
    return table(["covariates", "", "worst KS distance of test", "spread of the test means"], cells)


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print tables of small data and write nothing")
    quick = parser.parse_args().quick
    most, n_seeds = (QUICK_ROWS, QUICK_SEEDS) if quick else (ROWS[-1], SEEDS)
    times = timed(tuple(n for n in ROWS if n <= most), QUICK_BUDGET if quick else BUDGET)
    close = closeness(tuple(min(n, most) for n in QUALITY_ROWS), n_seeds)
    covariate = closeness_of_covariates(min(COVARIATE_ROWS, most), n_seeds)
    if quick:
        print(f"\n{times}\n\n{close}\n\n{covariate}")
        return
    replace_between(BENCH / "RESULTS.md", "continuous", f"{times}\n\n{close}\n\n{covariate}\n\n{machine()}")
    replace_between(ROOT / "docs" / "regression-targets.md", "table", f"{close}\n\n{machine()}")


if __name__ == "__main__":
    main()
