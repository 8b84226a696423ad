# distutils: language = c++
"""The scanner of TFRecord files: frames, checksums, and one value per feature of each example.

Arguments are checked once; each function then makes one call without the GIL. No algorithm lives here.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy
from libcpp cimport bool as cbool
from libcpp.vector cimport vector

cdef extern from "files/crc32c.hpp" namespace "fastsplit::crc32c" nogil:
    cbool has_instruction()
    uint32_t c_checksum "fastsplit::crc32c::checksum"(cbool, const uint8_t*, int64_t)

cdef extern from "files/protobuf.hpp" namespace "fastsplit::protobuf" nogil:
    enum Kind:
        kNothing
    cdef struct CBytes "fastsplit::protobuf::Bytes":
        const uint8_t* begin
        const uint8_t* end
    cdef struct CFound "fastsplit::protobuf::Found":
        Kind kind
        int64_t n
    cdef struct CListed "fastsplit::protobuf::Listed":
        CBytes name
        CFound found
    int64_t c_list_features "fastsplit::protobuf::list_features"(CBytes, CListed*, int64_t)

cdef extern from "files/tfrecord.hpp" namespace "fastsplit::tfrecord" nogil:
    enum Cause:
        kFine
    cdef struct CFrames "fastsplit::tfrecord::Frames":
        int64_t n
        int64_t bytes
        int64_t next
        Cause cause
    cdef struct CFeature "fastsplit::tfrecord::Feature":
        int64_t* first
        int64_t* second
        Kind kind
    cdef struct CStop "fastsplit::tfrecord::Stop":
        Cause cause
        int64_t record
        int64_t feature
    CFrames c_walk "fastsplit::tfrecord::walk"(cbool, const uint8_t*, int64_t, int64_t*)
    CStop c_scan "fastsplit::tfrecord::scan"(
        cbool, const uint8_t*, const int64_t*, int64_t, CFeature*, const CBytes*, int64_t, CFound*)

    cdef cppclass CScattered "fastsplit::tfrecord::Scattered":
        const CBytes* data
        int64_t n_files
        const int64_t* files
        const int64_t* begins
        const int64_t* ends
        cbool is_inside(int64_t)
        int64_t size(int64_t)
    int64_t c_read "fastsplit::tfrecord::read"(cbool, const CScattered&, uint8_t* const*, CRange)

cdef extern from "parts/blocks.hpp" namespace "fastsplit" nogil:
    cdef struct CRange "fastsplit::Range":
        int64_t begin
        int64_t end

CPUS = ("tables", "instruction") if has_instruction() else ("tables",)
FRAME = 16  # bytes of a frame without data
cdef cbool _by_instruction = has_instruction()


def use_cpu(str name):
    """Choose how checksums are computed, by default the last of ``CPUS``; results do not depend on it."""
    global _by_instruction
    if name not in CPUS:
        raise ValueError(f"checksums must be computed by {' or '.join(CPUS)} on this machine, got {name!r}")
    _by_instruction = name == "instruction"


cdef const uint8_t* _begin(const uint8_t[::1] data) noexcept:
    return &data[0] if data.shape[0] > 0 else NULL


cdef int _require(bint condition, str what) except -1:
    if not condition:
        raise ValueError(f"internal error, please report: {what}")
    return 0


def checksum(const uint8_t[::1] data):
    """Return the CRC32C of some bytes, not masked."""
    cdef const uint8_t* begin = _begin(data)
    cdef int64_t n = data.shape[0]
    cdef uint32_t crc
    with nogil:
        crc = c_checksum(_by_instruction, begin, n)
    return crc


def walk(const uint8_t[::1] data, int64_t[::1] ends):
    """Write where the complete frames end, and return (their number, their bytes, the size of the next, a cause)."""
    cdef const uint8_t* begin = _begin(data)
    cdef int64_t n = data.shape[0]
    cdef CFrames frames
    _require(ends.shape[0] > n // FRAME, "no room for frames")
    with nogil:
        frames = c_walk(_by_instruction, begin, n, &ends[0])
    return frames.n, frames.bytes, frames.next, <int32_t> frames.cause


def scan(const uint8_t[::1] data, const int64_t[::1] ends, tuple names, int64_t[:, :, ::1] values):
    """Find the value of each feature in the records of which `walk` found the ends.

    ``values`` has the shape (features, 2, records): ``values[f, 0]`` are integers, or the begins of strings and
    ``values[f, 1]`` their ends. Returns (a cause, the record, the feature or -1, the kinds of the features).
    """
    cdef int64_t n = ends.shape[0], n_features = len(names), f
    cdef const uint8_t* begin = _begin(data)
    cdef const uint8_t[::1] name
    cdef vector[CFeature] features
    cdef vector[CBytes] c_names
    cdef vector[CFound] found
    cdef CStop stop
    cdef CBytes c_name
    cdef CFeature feature
    _require(values.shape[0] == n_features and values.shape[1] == 2 and values.shape[2] == n, "shape of values")
    if n == 0:
        return 0, 0, -1, (0,) * n_features
    _require(0 <= ends[n - 1] <= data.shape[0], "ends outside the data")
    for f in range(n_features):
        name = names[f]
        c_name.begin = _begin(name)
        c_name.end = c_name.begin + name.shape[0]
        c_names.push_back(c_name)
        feature.first, feature.second, feature.kind = &values[f, 0, 0], &values[f, 1, 0], kNothing
        features.push_back(feature)
    found.resize(n_features)
    with nogil:
        stop = c_scan(_by_instruction, begin, &ends[0], n, features.data(), c_names.data(), n_features, found.data())
    return <int32_t> stop.cause, stop.record, stop.feature, tuple([<int32_t> features[f].kind for f in range(n_features)])


def features(const uint8_t[::1] example, int64_t most):
    """Return the features of an example, at most ``most``: a list of (name, kind, number of values)."""
    cdef vector[CListed] listed
    cdef CBytes c_example
    cdef int64_t n, i
    c_example.begin = _begin(example)
    c_example.end = c_example.begin + example.shape[0]
    listed.resize(most)
    n = c_list_features(c_example, listed.data(), most)
    found = []
    for i in range(n):
        name = (<const char*> listed[i].name.begin)[: listed[i].name.end - listed[i].name.begin]
        found.append((name, <int32_t> listed[i].found.kind, listed[i].found.n))
    return found


def compact(const uint8_t[::1] data, const int64_t[::1] begins, const int64_t[::1] ends, uint8_t[::1] out):
    """Copy ``data[begins[i]:ends[i]]`` for all i, one after the other."""
    cdef int64_t i, at = 0, size
    _require(begins.shape[0] == ends.shape[0], "begins and ends")
    for i in range(begins.shape[0]):
        size = ends[i] - begins[i]
        _require(0 <= begins[i] and 0 <= size and ends[i] <= data.shape[0] and size <= out.shape[0] - at, "strings")
        at += size
    at = 0
    with nogil:
        for i in range(begins.shape[0]):
            size = ends[i] - begins[i]
            if size > 0:
                memcpy(&out[at], &data[begins[i]], size)
            at += size


cdef class Scattered:
    """Frames anywhere in the memory of some files: frame ``i`` is ``data[files[i]][begins[i]:ends[i]]``.

    ``examples`` are objects of ``bytes`` as long as the data of each frame, which `read` fills: nobody else may see
    them before.
    """

    cdef CScattered c
    cdef vector[CBytes] data
    cdef vector[uint8_t*] out
    cdef tuple kept
    cdef int64_t n
    cdef readonly list examples

    def __init__(
        self, list data, const int64_t[::1] files, const int64_t[::1] begins, const int64_t[::1] ends
    ):
        cdef const uint8_t[::1] one
        cdef CBytes c_one
        cdef bytes example
        cdef int64_t i
        self.n, self.kept, self.examples = files.shape[0], (data, files, begins, ends), []
        _require(begins.shape[0] == self.n and ends.shape[0] == self.n, "begins and ends")
        for one in data:
            c_one.begin = _begin(one)
            c_one.end = c_one.begin + one.shape[0]
            self.data.push_back(c_one)
        self.c.data, self.c.n_files = self.data.data(), self.data.size()
        if self.n > 0:
            self.c.files, self.c.begins, self.c.ends = &files[0], &begins[0], &ends[0]
        for i in range(self.n):
            # A frame outside its file gets no room: `read` stops there.
            example = PyBytes_FromStringAndSize(NULL, self.c.size(i) if self.c.is_inside(i) else 0)
            self.examples.append(example)
            self.out.push_back(<uint8_t*> PyBytes_AS_STRING(example))

    def read(self, int64_t begin, int64_t end):
        """Fill some examples. Return the first of the frames that is damaged or outside its file, or ``end``."""
        cdef CRange range
        cdef int64_t at
        _require(0 <= begin <= end <= self.n, f"range {begin}:{end} outside 0:{self.n}")
        range.begin, range.end = begin, end
        with nogil:
            at = c_read(_by_instruction, self.c, self.out.data(), range)
        return at
