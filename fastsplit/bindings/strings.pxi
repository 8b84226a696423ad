# The strings of ids: where they are, and their hashes.

cdef extern from "Python.h":
    int PyUnicode_IS_COMPACT_ASCII(object)
    void* PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)

cdef enum:
    _BATCH = 64  # strings that are hashed together


cdef class Strings:
    """Strings, read where they are; each subclass knows one form. They must not change."""

    cdef readonly int64_t n

    def hash(self, int64_t begin, int64_t end, uint64_t[::1] out):
        """Write the hash of each string of a range to ``out``; return the first position without a string, or ``end``."""
        raise NotImplementedError


cdef class ObjectStrings(Strings):
    """Strings in a one-dimensional array of objects; what is not a ``str`` is not a string.

    Without the GIL, as in NumPy, a thread that changes the array meanwhile may free a string that is being read.
    """

    cdef cnp.ndarray array

    def __init__(self, cnp.ndarray array):
        if not (array.ndim == 1 and array.dtype.kind == "O" and array.flags.c_contiguous):
            raise _internal(f"strings of dtype {array.dtype}")
        self.array, self.n = array, array.shape[0]

    def hash(self, int64_t begin, int64_t end, uint64_t[::1] out):
        cdef CRange positions = _range(begin, end, self.n)
        cdef const char* data[_BATCH]
        cdef int64_t sizes[_BATCH]
        cdef list encoded = []  # keeps what ``data`` points to
        cdef bytes other
        cdef void** objects = <void**> cnp.PyArray_DATA(self.array)
        cdef object string
        cdef int64_t i, at = positions.begin, n = 0
        _require_length("out", out.shape[0], self.n)
        while at < positions.end:
            n = min(<int64_t> _BATCH, positions.end - at)
            encoded.clear()
            for i in range(n):
                string = <object> objects[at + i] if objects[at + i] != NULL else None  # as NumPy reads it
                if not PyUnicode_Check(string):
                    n = i
                    break
                if PyUnicode_IS_COMPACT_ASCII(string):
                    data[i], sizes[i] = <const char*> PyUnicode_DATA(string), PyUnicode_GET_LENGTH(string)
                else:  # not PyUnicode_AsUTF8, which would leave the bytes in the caller's string
                    other = PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass")
                    encoded.append(other)
                    data[i], sizes[i] = other, len(other)
            if n == 0:
                break
            c_hash_strings(_cpu, data, sizes, n, &out[at])
            at += n
        return at


cdef class ByteStrings(Strings):
    """Strings as bytes in a row: string ``i`` is ``data[offsets[i]:offsets[i + 1]]``, as in Arrow's ``large_string``."""

    cdef CByteStrings c
    cdef tuple kept

    def __init__(self, const int64_t[::1] offsets, const uint8_t[::1] data):
        if offsets.shape[0] == 0:
            raise _internal("no offsets")
        self.kept, self.n = (offsets, data), offsets.shape[0] - 1
        self.c.offsets, self.c.n_bytes = &offsets[0], data.shape[0]
        self.c.data = <const char*> &data[0] if data.shape[0] > 0 else NULL

    def hash(self, int64_t begin, int64_t end, uint64_t[::1] out):
        cdef CRange positions = _range(begin, end, self.n)
        cdef int64_t at = begin
        _require_length("out", out.shape[0], self.n)
        if begin < end:
            with nogil:
                at = c_hash_bytes(_cpu, self.c, positions, &out[0])
        return at


cdef class PaddedStrings(Strings):
    """Strings in a contiguous one-dimensional array of dtype U."""

    cdef CPaddedStrings c
    cdef object kept

    def __init__(self, cnp.ndarray array):
        if not (array.ndim == 1 and array.dtype.kind == "U" and array.dtype.isnative and array.flags.c_contiguous):
            raise _internal(f"strings of dtype {array.dtype}")
        self.kept, self.n = array, array.shape[0]
        self.c = CPaddedStrings(<const uint32_t*> cnp.PyArray_DATA(array), array.dtype.itemsize // 4)

    def hash(self, int64_t begin, int64_t end, uint64_t[::1] out):
        cdef CRange positions = _range(begin, end, self.n)
        cdef uint8_t[::1] workspace = np.empty(padded_workspace(self.c.width) + 1, dtype=np.uint8)
        _require_length("out", out.shape[0], self.n)
        if begin < end:
            with nogil:
                c_hash_padded(_cpu, self.c, positions, <char*> &workspace[0], &out[0])
        return end
