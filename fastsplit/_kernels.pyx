# distutils: language = c++
"""The stages of a split, bound to the C++ of csrc/.

Each function takes arrays that its caller has checked, makes one call without the GIL over the positions
``first .. last``, and writes only to the arrays named as its outputs. Dtypes, contiguity and lengths that the C++
relies on are checked here once more, by the types of the arguments and by ``_require``.
"""

cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libcpp cimport bool as cbool

import os

import numpy as np

cnp.import_array()

cdef extern from "cpu.hpp" namespace "fastsplit" nogil:
    enum class Cpu(int32_t):
        kBaseline
        kAvx2
        kAvx512
    Cpu best_cpu()

cdef extern from "keys.hpp" namespace "fastsplit" nogil:
    struct Seed:
        uint64_t first
        uint64_t second
    uint64_t key(Seed, uint64_t)

cdef extern from "labels.hpp" namespace "fastsplit" nogil:
    struct Labels:
        const char* data
        int64_t stride
        int32_t width
        cbool is_signed
        cbool is_bool
        cbool swapped
    struct Window:
        int64_t low
        int64_t span

cdef extern from "places.hpp" namespace "fastsplit" nogil:
    struct Bands:
        const uint64_t* thresholds
        int64_t size

cdef extern from "count.hpp" namespace "fastsplit" nogil:
    struct Index:
        Seed seed
        int32_t* slots
        int32_t bits
        int64_t* values
        int64_t size
        int64_t capacity
    void c_span "fastsplit::span"(const Labels&, int64_t, int64_t, int64_t*, int64_t*)
    struct Candidates:
        uint64_t* keys
        uint32_t* entries
        int64_t* positions
        int64_t size
        int64_t capacity
    int64_t c_count "fastsplit::count"[Split](Cpu, const Labels&, Window, Bands, Seed, const uint64_t*, int64_t, int64_t,
                                              int64_t*, Candidates*, int64_t, Split*)
    int64_t c_distinct "fastsplit::distinct"(const Labels&, int64_t, int64_t, Index*)
    void c_encode "fastsplit::encode"(const Labels&, const Index&, int64_t, int64_t, int32_t*)

cdef extern from "quotas.hpp" namespace "fastsplit" nogil:
    struct Rounding:
        pass
    int64_t vertices(int64_t)
    int64_t rounding_workspace(int64_t)
    Rounding begin_rounding(int64_t, int64_t, const int64_t*, int64_t, int64_t, Seed, int64_t*, int64_t**)
    void c_quotas "fastsplit::quotas"(Rounding*, const int64_t*, int64_t, int64_t*)
    void end_rounding(Rounding*)

cdef extern from "assign.hpp" namespace "fastsplit" nogil:
    struct Cuts:
        Window window
        const int32_t* rows
        const uint64_t* cuts
        int64_t width
        Bands bands
    void c_assign "fastsplit::assign"[Split](Cpu, const Labels&, const Cuts&, Seed, const uint64_t*, int64_t, int64_t,
                                             int64_t, Split*)
    void c_amend "fastsplit::amend"[Split](Cpu, const uint64_t*, const uint32_t*, const int64_t*, int64_t, const Cuts&,
                                           int64_t, Split*)

cdef extern from "cuts.hpp" namespace "fastsplit" nogil:
    void c_arrange "fastsplit::arrange"(const uint64_t*, const uint32_t*, int64_t, int64_t, int64_t*, uint64_t*)
    int64_t c_collect "fastsplit::collect"(Cpu, const Labels&, Window, const int32_t*, int64_t, Seed, const uint64_t*,
                                           int64_t, int64_t, int64_t*, const int64_t*, uint64_t*)
    void c_select "fastsplit::select"(int64_t, int64_t, int64_t, const int64_t*, int64_t*, const int64_t*, int64_t,
                                      const uint64_t*, uint64_t*, const int64_t*, const int64_t*, const uint64_t*, int64_t*, uint64_t*,
                                      uint8_t*)

cdef extern from "emit.hpp" namespace "fastsplit" nogil:
    void c_tally "fastsplit::tally"(Cpu, const uint8_t*, int64_t, int64_t, int64_t, int64_t*)
    void c_emit "fastsplit::emit"[Position](Cpu, const uint8_t*, const Position*, int64_t, int64_t, int64_t,
                                                   Position**, int64_t*)

cdef extern from "positions.hpp" namespace "fastsplit" nogil:
    struct Positions:
        const void* data
        int64_t width

cdef extern from "gather.hpp" namespace "fastsplit" nogil:
    struct Rows:
        const char* data
        int64_t n
        int64_t stride
        int64_t size
    int64_t c_gather "fastsplit::gather"(const Rows&, Positions, int64_t, int64_t, char*)

cdef extern from "order.hpp" namespace "fastsplit" nogil:
    struct Packing:
        Seed seed
        const uint64_t* ids
        int64_t width
    struct Buckets:
        int64_t bits
        int64_t first
    struct Ordered:
        Positions positions
        const uint8_t* assignment
        int64_t splits
    void c_order_count "fastsplit::order_count"(Cpu, const Ordered&, int64_t, int64_t, Packing, const Buckets*, int64_t*)
    int64_t c_order_scatter "fastsplit::order_scatter"(Cpu, const Ordered&, int64_t, int64_t, Packing, const Buckets*,
                                                       int64_t*, const int64_t*, uint64_t**)
    int64_t order_workspace(int64_t)
    void c_order_sort "fastsplit::order_sort"(uint64_t*, int64_t, Packing, uint64_t*)
    void write_positions(const uint64_t*, int64_t, int64_t, Packing, int64_t, void*)

cdef extern from "group.hpp" namespace "fastsplit" nogil:
    int64_t c_group "fastsplit::group"(Cpu, const Labels&, Window, const int32_t*, int64_t, int64_t,
                                       int64_t, int64_t*, const int64_t*, int64_t*)

ctypedef fused position_t:
    cnp.int8_t
    cnp.uint8_t
    cnp.int16_t
    cnp.uint16_t
    cnp.int32_t
    cnp.uint32_t
    cnp.int64_t
    cnp.uint64_t

ctypedef fused split_t:
    cnp.uint8_t
    cnp.uint16_t


CPUS = ("baseline", "avx2", "avx512")[: <int32_t> best_cpu() + 1]
cdef Cpu _cpu = best_cpu()


def use_cpu(str name):
    """Choose the instructions that the kernels use, by default the last of ``CPUS``; the results do not depend on it."""
    global _cpu
    if name not in CPUS:
        raise ValueError(f"FASTSPLIT_CPU must be one of {', '.join(CPUS)} on this machine, got {name!r}")
    _cpu = <Cpu> (<int32_t> CPUS.index(name))


cdef int _require(cbool holds, str what) except -1:
    if not holds:
        raise ValueError(f"internal: {what}")
    return 0


cdef int _require_range(int64_t first, int64_t last, int64_t n) except -1:
    return _require(0 <= first <= last <= n, "range outside the array")


cdef Labels _labels(cnp.ndarray array) except *:
    """Describe a one-dimensional integer or bool array, without a copy."""
    cdef Labels labels
    _require(array.ndim == 1 and array.dtype.kind in "iub", "labels are not a one-dimensional integer array")
    labels.data = <const char*> cnp.PyArray_DATA(array)
    labels.stride = array.strides[0]
    labels.width = array.dtype.itemsize
    labels.is_signed = array.dtype.kind == "i"
    labels.is_bool = array.dtype.kind == "b"
    labels.swapped = not array.dtype.isnative
    return labels


cdef Seed _seed(const uint64_t[::1] words) except *:
    cdef Seed seed
    _require(words.shape[0] == 2, "a seed has two words")
    seed.first = words[0]
    seed.second = words[1]
    return seed


cdef const uint64_t* _ids(const uint64_t[::1] ids) except? NULL:
    if ids is None or ids.shape[0] == 0:
        return NULL
    return &ids[0]


def keys(const uint64_t[::1] seed, const uint64_t[::1] ids, uint64_t[::1] out):
    """Write the key of every id to ``out``."""
    cdef Seed words = _seed(seed)
    cdef int64_t i, n = ids.shape[0]
    _require(out.shape[0] == n, "out has another length")
    with nogil:
        for i in range(n):
            out[i] = key(words, ids[i])


def span(cnp.ndarray labels, int64_t first, int64_t last):
    """Return the least and the largest ordered label of a range that is not empty."""
    cdef Labels view = _labels(labels)
    cdef int64_t low = INT64_MAX, high = INT64_MIN
    _require_range(first, last, labels.shape[0])
    with nogil:
        c_span(view, first, last, &low, &high)
    return low, high


cdef Bands _bands(const uint64_t[::1] thresholds) except *:
    cdef Bands bands
    bands.size = thresholds.shape[0]
    bands.thresholds = &thresholds[0] if bands.size > 0 else NULL
    return bands


def count(cnp.ndarray labels, int64_t low, const uint64_t[::1] thresholds, const uint64_t[::1] seed,
          const uint64_t[::1] ids, int64_t first, int64_t last, int64_t[:, ::1] tally, uint64_t[::1] keys,
          uint32_t[::1] entries, int64_t[::1] positions, int64_t size, int64_t none, split_t[::1] out):
    """Count a range by label and place; append the keys in a band, with entries and positions, behind the first ``size``.

    Write the splits of the others to ``out``, unless it is empty. Return where it stopped, which is before ``last`` if
    there was no room for more, and the new size.
    """
    cdef Labels view = _labels(labels)
    cdef Window window = Window(low, tally.shape[0] - 1)
    cdef Bands bands = _bands(thresholds)
    cdef Seed words = _seed(seed)
    cdef const uint64_t* pids = _ids(ids)
    cdef Candidates candidates
    _require_range(first, last, labels.shape[0])
    _require(tally.shape[0] > 0 and tally.shape[1] == bands.size + 1, "tally has another shape")
    _require(tally.shape[0] * tally.shape[1] < 2**32, "tally is too large")
    _require(ids is None or ids.shape[0] == labels.shape[0], "ids have another length")
    _require(0 <= size <= keys.shape[0] == entries.shape[0] == positions.shape[0], "candidates have another size")
    _require(out.shape[0] in (0, labels.shape[0]), "out has another length")
    cdef split_t* splits = &out[0] if out.shape[0] > 0 else NULL
    candidates.keys = &keys[0] if keys.shape[0] > 0 else NULL
    candidates.entries = &entries[0] if keys.shape[0] > 0 else NULL
    candidates.positions = &positions[0] if keys.shape[0] > 0 else NULL
    candidates.size = size
    candidates.capacity = keys.shape[0]
    with nogil:
        first = c_count(_cpu, view, window, bands, words, pids, first, last, &tally[0, 0], &candidates, none, splits)
    return first, candidates.size


cdef Seed _secret = _seed(np.frombuffer(os.urandom(16), dtype=np.uint64))


cdef Index _index(int32_t[::1] slots, int64_t[::1] values, int64_t size) except *:
    cdef Index index
    cdef int64_t n = slots.shape[0]
    _require(n > 0 and n & (n - 1) == 0, "slots are not a power of two")
    _require(0 <= size <= values.shape[0] and 0 < 2 * values.shape[0] <= n, "values do not fit the slots")
    index.seed = _secret
    index.slots = &slots[0]
    index.bits = n.bit_length() - 1
    index.values = &values[0]
    index.size = size
    index.capacity = values.shape[0]
    return index


def distinct(cnp.ndarray labels, int64_t first, int64_t last, int32_t[::1] slots, int64_t[::1] values, int64_t size):
    """Add the labels of a range to an index; return where it stopped and the new size."""
    cdef Labels view = _labels(labels)
    cdef Index index = _index(slots, values, size)
    _require_range(first, last, labels.shape[0])
    with nogil:
        first = c_distinct(view, first, last, &index)
    return first, index.size


def encode(cnp.ndarray labels, int64_t first, int64_t last, int32_t[::1] slots, int64_t[::1] values, int64_t size,
           int32_t[::1] out):
    """Write the position of each label in ``values`` to ``out``, ``size`` where it is not there."""
    cdef Labels view = _labels(labels)
    cdef Index index = _index(slots, values, size)
    _require_range(first, last, labels.shape[0])
    _require(out.shape[0] == labels.shape[0], "out has another length")
    if first < last:
        with nogil:
            c_encode(view, index, first, last, &out[0])


def quotas(const int64_t[::1] counts, const int64_t[::1] sizes, int64_t q, int64_t splits, int64_t min_per_split,
           const uint64_t[::1] seed, int64_t[:, ::1] out):
    """Write the quotas of all classes to ``out[classes, columns]``."""
    cdef int64_t classes = counts.shape[0], columns = sizes.shape[0], block = max(1, (1 << 20) // max(1, columns)), c, n
    cdef Seed words = _seed(seed)
    cdef Rounding state
    _require(0 < q < 2**62 and 0 < splits <= columns, "q or splits out of range")
    _require(out.shape[0] == classes and out.shape[1] == columns, "out has another shape")
    cdef int64_t[::1] workspace = np.empty(rounding_workspace(columns), dtype=np.int64)
    cdef int64_t[::1] pointers = np.empty(vertices(columns), dtype=np.int64)
    state = begin_rounding(columns, splits, &sizes[0], q, min_per_split, words, &workspace[0],
                           <int64_t**> &pointers[0])
    for c in range(0, classes, block):
        n = min(block, classes - c)
        with nogil:
            c_quotas(&state, &counts[c], n, &out[c, 0])
        PyErr_CheckSignals()
    with nogil:
        end_rounding(&state)


def arrange(const uint64_t[::1] keys, const uint32_t[::1] entries, int64_t first, int64_t last, int64_t[::1] cursor,
            uint64_t[::1] out):
    """Put candidates into the room of their entry: ``out[cursor[entry]]``, which moves on.

    The room must be that of the tally which counted them; it is not checked.
    """
    _require_range(first, last, keys.shape[0])
    _require(entries.shape[0] == keys.shape[0], "entries have another length")
    if first < last and out.shape[0] > 0:
        with nogil:
            c_arrange(&keys[0], &entries[0], first, last, &cursor[0], &out[0])


def collect(cnp.ndarray labels, int64_t low, const int32_t[::1] classes, const uint64_t[::1] seed,
            const uint64_t[::1] ids, int64_t first, int64_t last, int64_t[::1] cursor, const int64_t[::1] limit,
            uint64_t[::1] out):
    """Append the keys of a range to those of their class in ``out``; return how many found no room."""
    cdef Labels view = _labels(labels)
    cdef Window window = Window(low, classes.shape[0] - 1)
    cdef Seed words = _seed(seed)
    cdef const uint64_t* pids = _ids(ids)
    cdef int64_t lost = 0
    _require_range(first, last, labels.shape[0])
    _require(classes.shape[0] > 0 and cursor.shape[0] == limit.shape[0] > 0, "classes or cursor have another length")
    _require(ids is None or ids.shape[0] == labels.shape[0], "ids have another length")
    if first < last and out.shape[0] > 0:
        with nogil:
            lost = c_collect(_cpu, view, window, &classes[0], limit.shape[0], words, pids, first, last, &cursor[0],
                             &limit[0], &out[0])
    return lost


def select(int64_t first, int64_t last, const int64_t[::1] counts, int64_t[:, ::1] quotas, const int64_t[::1] band,
           const uint64_t[::1] edges, uint64_t[::1] keys, const int64_t[::1] starts, const int64_t[:, ::1] below, const uint64_t[::1] ideals,
           uint64_t[:, ::1] cuts, uint8_t[::1] missed):
    """Find the cuts of a range of classes from the keys in their bands; tell which classes the bands missed."""
    cdef int64_t width = ideals.shape[0], classes = counts.shape[0], bands = below.shape[1]
    cdef uint64_t no_keys = 0
    cdef uint64_t* pkeys = &keys[0] if keys.shape[0] > 0 else &no_keys
    cdef int64_t[::1] ranks = np.empty(width + 2, dtype=np.int64)
    _require_range(first, last, classes)
    _require(quotas.shape[0] == cuts.shape[0] == below.shape[0] == missed.shape[0] == classes, "tables differ in length")
    _require(quotas.shape[1] == width + 1 and cuts.shape[1] == width == band.shape[0] > 0, "tables differ in width")
    _require(starts.shape[0] == classes * bands + 1 and edges.shape[0] == 2 * bands, "starts or edges have another length")
    if first < last:
        with nogil:
            c_select(first, last, width, &counts[0], &quotas[0, 0], &band[0], bands, &edges[0], pkeys, &starts[0], &below[0, 0],
                     &ideals[0], &ranks[0], &cuts[0, 0], &missed[0])


def assign(cnp.ndarray labels, int64_t low, const int32_t[::1] rows, const uint64_t[:, ::1] cuts,
           const uint64_t[::1] thresholds, const uint64_t[::1] seed, const uint64_t[::1] ids, int64_t none,
           int64_t first, int64_t last, split_t[::1] out):
    """Write the split of each example of a range to ``out``.

    ``rows[span + 1]`` holds the row of ``cuts`` of every label from ``low`` on, and at its end that of all others.
    ``thresholds`` are the bands that hold all cuts, or empty.
    """
    cdef Labels view = _labels(labels)
    cdef Cuts table
    cdef Seed words = _seed(seed)
    cdef const uint64_t* pids = _ids(ids)
    cdef uint64_t no_cuts = 0
    _require_range(first, last, labels.shape[0])
    _require(rows.shape[0] > 0 and out.shape[0] == labels.shape[0], "rows or out have another length")
    _require(ids is None or ids.shape[0] == labels.shape[0], "ids have another length")
    _require(thresholds.shape[0] in (0, 2 * cuts.shape[1]), "thresholds have another length")
    table.window = Window(low, rows.shape[0] - 1)
    table.rows = &rows[0]
    table.width = cuts.shape[1]
    table.cuts = &cuts[0, 0] if cuts.shape[0] > 0 and cuts.shape[1] > 0 else &no_cuts
    table.bands = _bands(thresholds)
    if first < last:
        with nogil:
            c_assign(_cpu, view, table, words, pids, first, last, none, &out[0])


def amend(const uint64_t[::1] keys, const uint32_t[::1] entries, const int64_t[::1] positions, int64_t size,
          const int32_t[::1] rows, const uint64_t[:, ::1] cuts, int64_t none, split_t[::1] out):
    """Write the splits of the first ``size`` candidates to ``out[positions]``; their cuts are in row ``rows[entries]``.

    The candidates must be those that `count` found; they are not checked.
    """
    cdef Cuts table
    _require(0 <= size <= keys.shape[0] == entries.shape[0] == positions.shape[0], "candidates have another size")
    if size == 0:
        return
    table.rows = &rows[0]
    table.width = cuts.shape[1]
    table.cuts = &cuts[0, 0]
    with nogil:
        c_amend(_cpu, &keys[0], &entries[0], &positions[0], size, table, none, &out[0])


def tally(const uint8_t[::1] assignment, int64_t first, int64_t last, int64_t[::1] counts):
    """Add how often each byte below ``splits`` stands in a range to ``counts[splits]``."""
    _require_range(first, last, assignment.shape[0])
    _require(0 < counts.shape[0] <= 256, "counts have another length")
    if first < last:
        with nogil:
            c_tally(_cpu, &assignment[0], first, last, counts.shape[0], &counts[0])


cdef void _emit(const uint8_t* assignment, const void* order, int64_t first, int64_t last, int64_t splits, void** out,
                int64_t* cursor, int64_t width) noexcept nogil:
    if width == 1:
        c_emit[uint8_t](_cpu, assignment, <const uint8_t*> order, first, last, splits, <uint8_t**> out, cursor)
    elif width == 2:
        c_emit[uint16_t](_cpu, assignment, <const uint16_t*> order, first, last, splits, <uint16_t**> out, cursor)
    elif width == 4:
        c_emit[uint32_t](_cpu, assignment, <const uint32_t*> order, first, last, splits, <uint32_t**> out, cursor)
    else:
        c_emit[uint64_t](_cpu, assignment, <const uint64_t*> order, first, last, splits, <uint64_t**> out, cursor)


cdef int _require_positions(cnp.ndarray array, cnp.ndarray like) except -1:
    return _require(array.dtype.kind in "iu" and array.dtype == like.dtype and array.dtype.isnative
                    and array.ndim == 1 and array.flags.c_contiguous, "an array of positions is of another kind")


def emit(const uint8_t[::1] assignment, cnp.ndarray order, int64_t first, int64_t last, list out, int64_t[::1] cursor):
    """Write each position of a range to the array of its split, behind ``cursor[split]``, which moves on.

    Positions are those of ``order``, or, if it is None, 0 to N - 1. ``cursor`` must be the tally of the ranges before this
    one, and the arrays must have the lengths of the whole tally.
    """
    cdef void* pointers[256]
    cdef const void* positions = NULL
    cdef int64_t splits = len(out), s
    _require_range(first, last, assignment.shape[0])
    _require(0 < splits <= 256 and cursor.shape[0] >= splits, "cursor is too short")
    for s in range(splits):
        _require_positions(out[s], out[0])
        _require(out[s].flags.writeable, "out is read-only")
        pointers[s] = cnp.PyArray_DATA(<cnp.ndarray> out[s])
    if order is not None:
        _require_positions(order, out[0])
        _require(order.shape[0] == assignment.shape[0], "order has another length")
        positions = cnp.PyArray_DATA(order)
    cdef int64_t width = out[0].dtype.itemsize
    if first < last:
        with nogil:
            _emit(&assignment[0], positions, first, last, splits, pointers, &cursor[0], width)


cdef Positions _positions(cnp.ndarray array) except *:
    _require_positions(array, array)
    return Positions(cnp.PyArray_DATA(array), array.dtype.itemsize)


def gather(cnp.ndarray rows, cnp.ndarray positions, int64_t first, int64_t last, cnp.ndarray out):
    """Write ``rows[positions]`` of a range to ``out``; return the first of a position outside the rows, or ``last``.

    The elements of a row lie side by side, as do those of ``out``.
    """
    cdef Rows table
    cdef Positions at = _positions(positions)
    cdef char* to = <char*> cnp.PyArray_DATA(out)
    _require(rows.ndim > 0 and not rows.dtype.hasobject and out.dtype == rows.dtype, "rows or out are of another kind")
    _require(out.flags.c_contiguous and out.flags.writeable, "out is not contiguous")
    _require((<object> out).shape == (positions.shape[0], *(<object> rows).shape[1:]), "out has another shape")
    table.size = out.nbytes // out.shape[0] if out.shape[0] > 0 else 0
    _require(rows.shape[0] == 0 or rows[0].flags.c_contiguous, "the elements of a row do not lie side by side")
    _require_range(first, last, positions.shape[0])
    table.data = <const char*> cnp.PyArray_DATA(rows)
    table.n = rows.shape[0]
    table.stride = rows.strides[0]
    with nogil:
        first = c_gather(table, at, first, last, to)
    return first


cdef class Ordering:
    """What is to be ordered, and the buckets that its words go to.

    The i-th of n positions is ``positions[i]``, or i if they are None, and of split ``assignment[i]``, or 0. All positions
    are below ``2**width`` and have an id each where there are ids; neither is checked. Split ``s`` has ``2**bits[s]``
    buckets, which follow those of the splits before it.
    """

    cdef Packing packing
    cdef Ordered ordered
    cdef Buckets buckets[256]
    cdef readonly int64_t n, size
    cdef readonly list edges  # the first bucket of each split, and behind the last
    cdef tuple kept

    def __init__(self, cnp.ndarray positions, const uint8_t[::1] assignment, int64_t n, const uint64_t[::1] seed,
                 const uint64_t[::1] ids, int64_t width, list bits):
        cdef int64_t s
        _require(0 < width < 64 and 0 < len(bits) <= 256, "width or splits out of range")
        self.kept = (positions, assignment, ids)
        self.n, self.size = n, 0
        for s in range(len(bits)):
            _require(0 <= bits[s] < 32, "bits out of range")
            self.buckets[s] = Buckets(bits[s], self.size)
            self.size += <int64_t> 1 << self.buckets[s].bits
        self.edges = [*(self.buckets[s].first for s in range(len(bits))), self.size]
        self.packing = Packing(_seed(seed), _ids(ids), width)
        self.ordered = Ordered(Positions(NULL, 0), NULL, len(bits))
        if positions is not None:
            _require(positions.shape[0] == n, "positions have another length")
            self.ordered.positions = _positions(positions)
        if assignment is not None and n > 0:
            _require(assignment.shape[0] == n, "assignment has another length")
            self.ordered.assignment = &assignment[0]

    def count(self, int64_t first, int64_t last, int64_t[::1] counts):
        """Add how many of a range fall to each bucket to ``counts``."""
        _require_range(first, last, self.n)
        _require(counts.shape[0] == self.size, "counts have another length")
        with nogil:
            c_order_count(_cpu, self.ordered, first, last, self.packing, self.buckets, &counts[0])

    def scatter(self, int64_t first, int64_t last, int64_t[::1] cursor, const int64_t[::1] limit, list words):
        """Write a word for each of a range to its bucket; return how many found no room.

        ``cursor`` and ``limit`` count from the beginning of the words of the split.
        """
        cdef int64_t lost = 0, s, b
        cdef uint64_t* pointers[256]
        cdef uint64_t[::1] of_split
        _require_range(first, last, self.n)
        _require(cursor.shape[0] == limit.shape[0] == self.size, "cursor or limit have another length")
        _require(len(words) == self.ordered.splits, "not as many words as splits")
        for s in range(self.ordered.splits):
            of_split = words[s]
            pointers[s] = &of_split[0] if of_split.shape[0] > 0 else NULL
            for b in range(self.buckets[s].first, self.buckets[s].first + (<int64_t> 1 << self.buckets[s].bits)):
                _require(0 <= cursor[b] <= limit[b] <= of_split.shape[0], "cursor or limit outside the words")
        with nogil:
            lost = c_order_scatter(_cpu, self.ordered, first, last, self.packing, self.buckets, &cursor[0], &limit[0],
                                   pointers)
        return lost

    def sort(self, int64_t first, int64_t last, const int64_t[::1] starts, list words, list out):
        """Sort the words of a range of buckets by (key, position), and write their positions to ``out``.

        ``starts`` are those of all buckets, counted over all splits. Arrays of ``out`` may be views of those of ``words``.
        """
        cdef int64_t s = 0, b, base, begin, end, largest = 0
        cdef uint64_t[::1] of_split, workspace
        cdef int64_t width = out[0].dtype.itemsize
        cdef void* to
        _require_range(first, last, self.size)
        _require(starts.shape[0] == self.size + 1, "starts have another length")
        _require(len(words) == len(out) == self.ordered.splits, "not as many words as splits")
        for b in range(first, last):
            largest = max(largest, starts[b + 1] - starts[b])
        if largest == 0:
            return
        workspace = np.empty(order_workspace(largest), dtype=np.uint64)
        for s in range(self.ordered.splits):
            begin, end = self.buckets[s].first, self.buckets[s].first + (<int64_t> 1 << self.buckets[s].bits)
            base, begin, end = starts[begin], max(first, begin), min(last, end)
            of_split = words[s]
            _require_positions(out[s], out[0])
            _require(out[s].shape[0] == of_split.shape[0], "out has another length")
            to = cnp.PyArray_DATA(<cnp.ndarray> out[s])
            for b in range(begin, end):
                _require(base <= starts[b] <= starts[b + 1] <= base + of_split.shape[0], "starts are not ascending")
                if starts[b] < starts[b + 1]:
                    with nogil:
                        c_order_sort(&of_split[starts[b] - base], starts[b + 1] - starts[b], self.packing, &workspace[0])
                        write_positions(&of_split[0], starts[b] - base, starts[b + 1] - base, self.packing, width, to)


def group(cnp.ndarray labels, int64_t low, const int32_t[::1] classes, int64_t first, int64_t last,
          int64_t[::1] cursor, const int64_t[::1] limit, int64_t[::1] order):
    """Write the positions of a range behind those of their class in ``order``; return how many found no room."""
    cdef Labels view = _labels(labels)
    cdef Window window = Window(low, classes.shape[0] - 1)
    cdef int64_t lost = 0
    _require_range(first, last, labels.shape[0])
    _require(classes.shape[0] > 0 and cursor.shape[0] == limit.shape[0], "classes or cursor have another length")
    if first < last:
        with nogil:
            lost = c_group(_cpu, view, window, &classes[0], limit.shape[0], first, last, &cursor[0], &limit[0], &order[0])
    return lost
