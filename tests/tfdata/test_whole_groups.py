"""Splits of groups make pipelines as all splits do: no group is in two of them."""

import numpy as np
from common_groups import unequal_groups

import fastsplit
from fastsplit import tfdata


def test_pipelines_of_a_split_by_groups_have_whole_groups():
    labels, groups = unequal_groups()
    parts = fastsplit.split(labels, (0.7, 0.2, 0.1), groups=groups, seed=0)
    pipelines = tfdata.datasets({"group": groups, "label": labels}, parts, batch_size=64)
    seen = [np.concatenate([batch["group"].numpy() for batch in pipeline]) for pipeline in pipelines]
    assert [len(rows) for rows in seen] == [len(part) for part in parts]
    assert sum(len(np.unique(rows)) for rows in seen) == len(np.unique(groups))
