"""Write the golden file of the stream, version 1, from the NumPy reference: ``python tests/golden/write.py``.

Once released, the file is never written again: whatever changes it is another version of the stream.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from fastsplit import reference
from fastsplit.reference.seeds import expand_seed

PATH = Path(__file__).with_name("stream-1.json")
SEEDS = [0, 1, 2**63, 2**128 - 1, 2**200]
IDS = [0, 1, 2, 255, 2**32, 2**63, 2**64 - 1]
SIZES = [(0.7, 0.2, 0.1), (0.5,), (1 / 3, 1 / 3, 1 / 3), (100, 7)]


def labels():
    """A long-tailed list of labels: plain arithmetic, so that no generator can change it."""
    return np.array([int(1e6 / (1 + i * 7919 % 10_007)) % 1000 for i in range(10_007)])


def digest(array):
    """Identify an array of integers, whatever its type."""
    return hashlib.sha256(array.astype("<i8").tobytes()).hexdigest()


def stream(module):
    """Everything that a seed decides, as ``module`` (fastsplit or its reference) decides it."""
    splits = []
    for seed in SEEDS:
        for sizes in SIZES:
            parts = module.split(labels(), sizes, seed=seed)
            splits.append(
                {
                    "seed": str(seed),
                    "sizes": list(sizes),
                    "first": [part[:5].tolist() for part in parts],
                    "counts": digest(parts.counts),
                    "cuts": digest(parts.plan.cuts.view(np.int64)),
                    "assignment": digest(parts.assignment),
                    "order": [digest(part) for part in parts],
                }
            )
    return {
        "splits": splits,
        "strings": module.split(["b", "a", "c"] * 9, seed=0, ids=[f"é{i}" for i in range(27)]).assignment.tolist(),
        "kfold": [[digest(part) for part in pair] for pair in module.kfold(labels(), 3, seed=5)],
        "shuffle": module.shuffle(range(20), seed=3).tolist(),
        "minimum": module.plan([0] * 90 + [1] * 4, (0.8, 0.1, 0.1), seed=1, min_per_split=1).counts.tolist(),
        "units": module.split(np.arange(60) // 12, (0.7, 0.2), seed=2, ids=np.arange(60) // 3).assignment.tolist(),
        "groups": groups(module),
    }


def groups(module):
    """What a seed decides of groups of unequal sizes: fair and closest, whole and odd shares, strings and folds."""
    rows = labels()[:2000]
    group_of = np.array([int(200 * (i * 7919 % 2003 / 2003) ** 2) for i in range(2000)])
    plans = [
        module.plan(rows % 7, sizes, groups=group_of, balance=balance, seed=seed)
        for seed in (0, 2**100)
        for sizes in [(0.7, 0.2, 0.1), (0.703, 0.297), (0.5, 0.2)]
        for balance in ("fair", "closest")
    ]
    named = module.split(rows % 7, (0.85, 0.15), groups=[f"é{group}" for group in group_of.tolist()], seed=1)
    return {
        "plans": [{"splits": digest(plan.splits), "counts": digest(plan.counts)} for plan in plans],
        "strings": digest(named.assignment),
        "new": plans[0].assign([0] * 20, range(1000, 1020)).tolist(),
        "order": [digest(part) for part in named],
        "kfold": [[digest(part) for part in pair] for pair in module.kfold(rows % 7, 5, groups=group_of, seed=3)],
    }


def keys(compute):
    """The keys of a few ids under a few seeds, in hexadecimal."""
    words = [expand_seed(seed).split for seed in SEEDS]
    return [[f"{key:016x}" for key in compute(word, np.array(IDS, dtype=np.uint64)).tolist()] for word in words]


if __name__ == "__main__":
    golden = {"keys": keys(reference.keys), **stream(reference)}
    PATH.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
