"""tally: labels and keys -> the keys in the bands of each class; 64 tallies -> one."""

import numpy as np

from fastsplit.engine.bands import TallyRequest, band_table, bands_of
from fastsplit.engine.scan import scan
from fastsplit.engine.tally import REACH, merged, tally
from fastsplit.inputs.labels import Labels
from fastsplit.reference.scan import scan as reference_scan
from fastsplit.reference.tally import tally as reference_tally

PARTS = 64


def request_of(prepared):
    return TallyRequest(prepared.shares, prepared.seeds, 0, REACH)


def test_tally(benchmark, prepared):
    strata = scan(prepared.labels, 1)
    bands = bands_of(strata.counts, request_of(prepared))
    table = band_table(bands)
    benchmark.group = "tally"
    state = benchmark(tally, strata.lookup, strata.classes, prepared.keys, 0, table, 1)
    _, codes, _ = reference_scan(prepared.labels)
    assert np.array_equal(state.keys, reference_tally(codes, prepared.keys_in_numpy, *bands)[2])


def test_merge(benchmark, prepared):
    request, strata = request_of(prepared), scan(prepared.labels, 1)
    bands, states = bands_of(strata.counts, request), []
    for begin in range(0, prepared.n, max(1, prepared.n // PARTS)):
        values = prepared.labels.values[begin : begin + max(1, prepared.n // PARTS)]
        part = scan(Labels(values), 1)
        own = np.searchsorted(strata.classes, part.classes)
        table = band_table((bands[0][own], bands[1][own]))
        states.append(tally(part.lookup, part.classes, prepared.keys, begin, table, 1))
    benchmark.group = f"merge {PARTS} tallies"
    state = benchmark(merged, states, request, planned=True)
    assert np.array_equal(state.keys, tally(strata.lookup, strata.classes, prepared.keys, 0, band_table(bands), 1).keys)
