"""What tests of groups share: groups of very unequal sizes, and whether groups are whole."""

import numpy as np
from hypothesis import strategies as st

N_GROUPS = 95


def unequal_groups(seed=0, n=1000, n_classes=4):
    """Return labels and groups: heavy-tailed sizes, and in each group mainly two of the classes."""
    rng = np.random.default_rng(seed)
    sizes = 1 / np.arange(1, N_GROUPS + 1) ** 0.8
    groups = np.append(np.arange(N_GROUPS), rng.choice(N_GROUPS, n - N_GROUPS, p=sizes / sizes.sum()))
    mainly = rng.integers(0, n_classes, (N_GROUPS, 2))
    labels = np.where(
        rng.random(n) < 0.8, mainly[groups, rng.integers(0, 2, n)], np.minimum(rng.zipf(2, n), n_classes) - 1
    )
    return labels, groups


@st.composite
def labels_and_groups(draw, max_size=60, max_groups=12):
    """Labels of a few classes, and a group for each: a group may have one example or all."""
    n = draw(st.integers(0, max_size))
    labels = np.array(draw(st.lists(st.integers(-2, 3), min_size=n, max_size=n)), dtype=np.int64)
    pool = draw(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 20), min_size=1, max_size=max_groups))
    groups = draw(st.lists(st.sampled_from(pool), min_size=n, max_size=n))
    return labels, np.array(groups, dtype=np.uint64)


def assert_whole(assignment, groups):
    """No group is in two splits."""
    pairs = set(zip(np.asarray(groups).tolist(), assignment.tolist(), strict=True))
    assert len(pairs) == len(set(np.asarray(groups).tolist()))
