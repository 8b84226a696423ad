"""hilbert: kernel and reference agree, and their places are those of a Hilbert curve."""

import itertools

import numpy as np
import pytest
from common import THREADS
from common_stages import on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine import parallel
from fastsplit.engine.hilbert import hilbert
from fastsplit.reference.hilbert import hilbert as reference_hilbert

BLOCK = 1024  # points that the kernel works on at a time


def points(axes, bits, n, seed=0):
    return np.random.default_rng(seed).integers(0, 2**bits, (axes, n)).astype(np.uint16)


def all_points(axes, bits):
    return np.array(list(itertools.product(range(2**bits), repeat=axes)), dtype=np.uint16).T.copy()


@on_every_cpu
@pytest.mark.parametrize("n", [0, 1, 2, 7, BLOCK - 1, BLOCK, BLOCK + 1, 5000])
@pytest.mark.parametrize("axes", [1, 2, 3, 4])
def test_the_kernel_equals_the_reference(axes, n, cpu, use_cpu):
    use_cpu(cpu)
    for bits in (1, 2, 7, 15, 16):
        coordinates = points(axes, bits, n)
        places = hilbert(coordinates, bits, threads=1)
        assert places.dtype == np.uint64
        assert np.array_equal(places, reference_hilbert(coordinates, bits))


@given(st.integers(1, 4), st.integers(1, 16), st.integers(0, 300), st.integers(0, 99))
def test_any_number_of_axes_and_bits_equals_the_reference(axes, bits, n, seed):
    coordinates = points(axes, bits, n, seed)
    assert np.array_equal(hilbert(coordinates, bits, threads=1), reference_hilbert(coordinates, bits))


@pytest.mark.parametrize("threads", THREADS)
def test_the_result_does_not_depend_on_threads(threads, monkeypatch):
    monkeypatch.setattr(parallel, "GRAIN", 1000)
    monkeypatch.setattr(parallel, "BLOCK", 700)
    coordinates = points(3, 16, 10_000)
    assert np.array_equal(hilbert(coordinates, 16, threads), reference_hilbert(coordinates, 16))


@pytest.mark.parametrize(("axes", "bits"), [(1, 6), (2, 1), (2, 5), (3, 1), (3, 4), (4, 3)])
@pytest.mark.parametrize("function", [hilbert, reference_hilbert], ids=["kernel", "reference"])
def test_the_curve_goes_through_all_points_by_steps_of_one_along_one_axis(function, axes, bits):
    coordinates = all_points(axes, bits)
    places = function(coordinates, bits, threads=1)
    assert np.array_equal(np.sort(places), np.arange(2 ** (axes * bits)))
    steps = np.diff(coordinates[:, np.argsort(places)].astype(int), axis=1)
    assert (np.abs(steps).sum(axis=0) == 1).all()


def test_the_curve_in_the_plane_is_hilberts():
    """The first steps of Hilbert's own figure (1891), up to the exchange of the axes."""
    places = reference_hilbert(all_points(2, 2), 2).reshape(4, 4)
    assert places.tolist() == [[0, 3, 4, 5], [1, 2, 7, 6], [14, 13, 8, 9], [15, 12, 11, 10]]


def test_one_axis_stays_as_it_is():
    coordinates = np.arange(2**16, dtype=np.uint16)[None]
    assert np.array_equal(hilbert(coordinates, 16, threads=1), coordinates[0])


def test_refused_arguments():
    out = np.empty(5, dtype=np.uint64)
    with refused("5 axes of 3 bits"):
        _kernels.hilbert(points(5, 3, 5), 3, 0, 5, out)
    with refused("2 axes of 17 bits"):
        _kernels.hilbert(points(2, 16, 5), 17, 0, 5, out)
    with refused("2 axes of 0 bits"):
        _kernels.hilbert(points(2, 3, 5), 0, 0, 5, out)
    with refused("len(out) is 5, expected 6"):
        _kernels.hilbert(points(2, 3, 6), 3, 0, 6, out)
    with refused("range 0:6 outside 0:5"):
        _kernels.hilbert(points(2, 3, 5), 3, 0, 6, out)
