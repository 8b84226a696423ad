"""The tables of pipelines in bench/RESULTS.md and docs/from-the-recipes.md."""

from __future__ import annotations

import tempfile
from pathlib import Path

from memory import in_fresh_process
from pipelines import BATCHES, PIPELINES, REPLACED
from pipelines.data import COLUMNS, Data, N
from pipelines.measure import rates, starts_and_steps
from render import table

_EMPTY = "empty pipeline"
_STARTS_SHOWN = [name for name in PIPELINES if name.startswith((_EMPTY, "fastsplit, tensor"))]
_IDS = 100_000_000
_LARGER = 4  # times the rows, in the second measurement of a memory map


def measured(n: int = N, rounds: int = 7, ids: int = _IDS) -> tuple[str, str]:
    """Measure all pipelines; return the section of RESULTS.md and the table of the recipes."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        data = Data(Path(folder), n)
        found = {size: rates(data, size, rounds) for size in BATCHES}
        starts = starts_and_steps(data, _STARTS_SHOWN, BATCHES[-1], 2 * rounds)
        added = {name: _added_megabytes(name, folder, n) for name in PIPELINES}
        larger = _added_megabytes("fastsplit, memory map", folder, _LARGER * n)
    shuffled = in_fresh_process("pipelines.measure", "added_by_shuffling", ids)
    facts = (
        f"- The rows take {n * COLUMNS * 4 / 1e6:.0f} MB. A memory map of {_LARGER} times the rows adds "
        f"{larger:.0f} MB.\n"
        f"- Reshuffling {ids:,} ids adds {shuffled:.1f} bytes per id to the ids themselves."
    )
    sections = [f"TensorFlow {tf.__version__}.", _rates_table(found, added), _starts_table(starts), facts]
    return "\n\n".join(sections), _recipes_table(found[BATCHES[0]], added)


def _added_megabytes(name: str, folder: str, n: int) -> float:
    return in_fresh_process("pipelines.measure", "added_memory", name, folder, n) / 1e6


def _rates_table(found: dict[int, dict[str, float]], added: dict[str, float]) -> str:
    header = ["", *(title for size in found for title in (f"batch {size:,}", "of empty")), "MB added"]
    rows = []
    for name in PIPELINES:
        shares = [(rates[name] / 1e6, rates[name] / rates[_EMPTY]) for rates in found.values()]
        cells = [cell for rate, share in shares for cell in (f"{rate:.3g}", f"{share:.2f}")]
        rows.append([name, *cells, f"{added[name]:.0f}"])
    return table(header, rows)


def _starts_table(starts: dict[str, tuple[float, float]]) -> str:
    header = [f"batch {BATCHES[-1]:,}", "ms to the first batch of an epoch", "µs from batch to batch"]
    return table(header, [[name, f"{start * 1e3:.1f}", f"{step * 1e6:.0f}"] for name, (start, step) in starts.items()])


def _recipes_table(rates: dict[str, float], added: dict[str, float]) -> str:
    names = [name for pair in REPLACED.items() for name in pair]
    cells = [[name, f"{rates[name] / 1e6:.3g}", f"{added[name]:.0f}"] for name in names]
    return table(["", "million examples per second", "MB added"], cells)
