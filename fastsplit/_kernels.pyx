# distutils: language = c++
"""The kernels: the stages of csrc/, bound to Python.

What a kernel works on is checked once, by the constructor of a small class, and passed as one argument. A kernel is a
function of a half-open range ``begin, end`` of positions (or classes, or buckets); it makes one call without the GIL and
writes only to the arguments named as its outputs. No algorithm lives here.
"""

cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from cpython.unicode cimport PyUnicode_AsEncodedString, PyUnicode_Check
from libc.stdint cimport INT64_MAX, INT64_MIN
from libc.string cimport memcpy, memset

import os

import numpy as np

cnp.import_array()

CPUS = ("baseline", "avx2", "avx512")[: <int32_t> best_cpu() + 1]
cdef Cpu _cpu = best_cpu()


def use_cpu(str name):
    """Choose the instructions that the kernels use, by default the last of ``CPUS``; results do not depend on it."""
    global _cpu
    if name not in CPUS:
        raise ValueError(f"FASTSPLIT_CPU must be one of {', '.join(CPUS)} on this machine, got {name!r}")
    _cpu = <Cpu> (<int32_t> CPUS.index(name))


cdef object _internal(str what):
    return ValueError(f"internal error, please report: {what}")


cdef int _require_length(str name, int64_t got, int64_t expected) except -1:
    if got != expected:
        raise _internal(f"len({name}) is {got}, expected {expected}")
    return 0


cdef CRange _range(int64_t begin, int64_t end, int64_t n) except *:
    if not 0 <= begin <= end <= n:
        raise _internal(f"range {begin}:{end} outside 0:{n}")
    return CRange(begin, end)


include "bindings/parts.pxi"
include "bindings/strings.pxi"
include "bindings/scan.pxi"
include "bindings/quotas.pxi"
include "bindings/cuts.pxi"
include "bindings/assign.pxi"
include "bindings/order.pxi"
include "bindings/emit.pxi"
include "bindings/group.pxi"
include "bindings/gather.pxi"
include "bindings/hilbert.pxi"
include "bindings/few.pxi"
include "bindings/groups.pxi"
include "bindings/table.pxi"
include "bindings/rank.pxi"
include "bindings/deal.pxi"
include "bindings/polish.pxi"
include "bindings/tally.pxi"
