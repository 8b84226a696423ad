"""quotas: class counts and sizes -> how many examples of each class go to each split."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fastsplit.reference.keys import keys

_Vertex = tuple[str, int]  # ("row", class) or ("column", split)


def quotas(
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    q: int,
    n_splits: int,
    min_per_split: int,
    seed: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Round ``counts * sizes / q`` to integers with exact margins, without bias (Cox 1987; Gandhi et al. 2002)."""
    weights = [int(size) for size in sizes]
    table = np.zeros((len(counts) + 1, len(weights)), dtype=np.int64)
    forest = _Forest(table, q, seed)
    residue = [0] * len(weights)
    for c, n in enumerate(counts.tolist()):
        cells = [n * weight for weight in weights]
        table[c] = [cell // q for cell in cells]
        parts = [cell % q for cell in cells]
        residue = [(total - part) % q for total, part in zip(residue, parts, strict=True)]
        forest.add_row(c, parts)
    forest.add_row(len(counts), residue)
    table = table[:-1]
    if min_per_split:
        minimum = [min_per_split if k < n_splits and weights[k] else 0 for k in range(len(weights))]
        _give_back(table, minimum, _raise_to_minimum(table, minimum))
    return table


class _Forest:
    """The fractional cells that are left between rows: each vertex -> neighbour -> part of the cell between, in 1 / q.

    Every cell that closes a cycle of fractional cells is pushed up or down around it by the largest step either way, up
    with probability down / (up + down). So the cells that are left form a forest over rows and columns.
    """

    def __init__(self, table: NDArray[np.int64], q: int, seed: NDArray[np.uint64]) -> None:
        self.table, self.q, self.seed, self.draws = table, q, seed, 0
        self.neighbours: dict[_Vertex, dict[_Vertex, int]] = {("column", k): {} for k in range(table.shape[1])}

    def add_row(self, c: int, parts: list[int]) -> None:
        """Add the cells of a row, rounding each that closes a cycle."""
        row = ("row", c)
        self.neighbours[row] = {}
        for k, part in enumerate(parts):
            if part:
                path = self._path(row, ("column", k))
                self._settle(row, ("column", k), part if path is None else self._push(path, part))
        if not self.neighbours[row]:
            del self.neighbours[row]

    def _push(self, path: list[_Vertex], part: int) -> int:
        """Push a cell with a fractional part around the cycle that it closes with a path; return its new part."""
        q, edges = self.q, list(pairwise(path))
        rises = [i % 2 == 1 for i in range(len(edges))]
        others = [self.neighbours[a][b] for a, b in edges]
        up = min(q - part, *(q - x if rise else x for x, rise in zip(others, rises, strict=True)))
        down = min(part, *(x if rise else q - x for x, rise in zip(others, rises, strict=True)))
        draw = int(keys(self.seed, np.array([self.draws], dtype=np.uint64))[0])
        self.draws += 1
        step = up if draw * (up + down) >> 64 < down else -down
        for (a, b), x, rise in zip(edges, others, rises, strict=True):
            self._settle(a, b, x + step if rise else x - step)
        return part + step

    def _settle(self, a: _Vertex, b: _Vertex, part: int) -> None:
        """Set the part of a cell; 0 and q make it an integer, which leaves the forest."""
        row, column = (a, b) if a[0] == "row" else (b, a)
        self.neighbours[row].pop(column, None)
        self.neighbours[column].pop(row, None)
        if 0 < part < self.q:
            self.neighbours[row][column] = self.neighbours[column][row] = part
        elif part == self.q:
            self.table[row[1], column[1]] += 1

    def _path(self, start: _Vertex, goal: _Vertex) -> list[_Vertex] | None:
        """Return the path between two vertices, or None if they are in different trees."""
        before = {start: start}
        stack = [start]
        while stack:
            at = stack.pop()
            if at == goal:
                path = [goal]
                while path[-1] != start:
                    path.append(before[path[-1]])
                return path[::-1]
            for neighbour in self.neighbours[at]:
                if neighbour not in before:
                    before[neighbour] = at
                    stack.append(neighbour)
        return None


def _raise_to_minimum(table: NDArray[np.int64], minimum: list[int]) -> list[int]:
    """Raise every cell to the minimum, at the cost of its class's largest cells; return what each column gained."""
    gain = [0] * len(minimum)
    for row in table:
        cells = row.tolist()
        lack = sum(max(0, m - cell) for cell, m in zip(cells, minimum, strict=True))
        raised = [max(cell, m) for cell, m in zip(cells, minimum, strict=True)]
        while lack > 0:
            above = (k for k in range(len(cells)) if raised[k] > minimum[k])
            largest = max(above, key=lambda k: (raised[k], -k))
            take = min(max(1, lack // len(cells)), raised[largest] - minimum[largest])
            raised[largest] -= take
            lack -= take
        gain = [total + new - old for total, new, old in zip(gain, raised, cells, strict=True)]
        row[:] = raised
    return gain


def _give_back(table: NDArray[np.int64], minimum: list[int], gain: list[int]) -> None:
    """Undo the gains: columns give in proportion to what classes have above the minimum; others are filled in turn."""
    above = [sum(cells) - m * len(table) for cells, m in zip(table.T.tolist(), minimum, strict=True)]
    passed, missing = [0] * len(gain), [max(0, -lost) for lost in gain]
    for row in table:
        moving = 0
        for k, gained in enumerate(gain):
            if gained > 0:
                before = gained * passed[k] // above[k]
                passed[k] += int(row[k]) - minimum[k]
                take = gained * passed[k] // above[k] - before
                row[k] -= take
                moving += take
        for k, lacking in enumerate(missing):
            fill = min(moving, lacking)
            row[k] += fill
            missing[k] -= fill
            moving -= fill
