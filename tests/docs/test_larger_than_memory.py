"""The page on clusters: its tables are computed, and what it says of bytes is what the tables say."""

import numpy as np
from common_pages import text_of

import fastsplit
from fastsplit.engine.bands import TallyRequest, bands_of
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.tally import REACH
from fastsplit.inputs.sizes import read_sizes
from traffic import SHAPES, SIZES, Shape, rendered, tally_bytes, traffic

PAGE = text_of("larger-than-memory")


def test_its_table_of_bytes_is_what_the_formula_gives():
    shown = PAGE.partition("<!-- traffic -->\n")[2].partition("\n<!-- /traffic -->")[0]
    assert shown == rendered()
    assert len(SHAPES) > 1


def test_the_formula_gives_the_bytes_that_tallies_take():
    n, n_classes, n_parts = 200_000, 20, 8
    labels = np.arange(n) % n_classes
    parts = np.split(labels.astype(np.int32), n_parts)
    counts = sum(fastsplit.count(part) for part in parts)
    starts = [n // n_parts * i for i in range(n_parts)]
    expected = traffic(Shape(n, n_classes, n_parts))
    for after, want in ((counts, expected.two_scans), (None, expected.one_scan)):
        tallies = [
            fastsplit.tally(part, SIZES, seed=0, start=start, after=after)
            for part, start in zip(parts, starts, strict=True)
        ]
        sent = sum(len(tally.to_bytes()) for tally in tallies)
        # 1 % is chance: 10 standard deviations of the number of keys in bands. The head takes some hundred bytes more.
        assert 0.99 * want < sent < 1.01 * want + 1_500 * n_parts
    assert len(sum(tallies).to_bytes()) > expected.driver / 2


def test_bands_that_overlap_hold_no_key_twice():
    shares = read_sizes((1 / 3, 1 / 3, 1 / 3), 0).shares
    totals = np.array([5, 10])
    bands = bands_of(totals, TallyRequest(shares, expand_seed(0), 0, REACH))
    assert tally_bytes(totals, bands) == 8 * 15 + 2 * (16 + 12 * 2)
