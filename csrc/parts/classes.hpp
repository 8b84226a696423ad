// classes: label -> class, by a table over a window of label values; and where the members of each
// class go.
#pragma once
#include <cstdint>

#include "labels.hpp"

namespace fastsplit {

// The label values low, low + 1, ..., low + span - 1. The offset of a label is label - low; every
// label outside the window has the offset `span`, so tables have one more entry.
struct Window {
    int64_t low;
    int64_t span;  // < 2**32
};

// class_of[window.span + 1]: the class of each label offset, from 0 to n_classes; n_classes means
// none of them.
struct ClassTable {
    Window window;
    const int32_t* class_of;
    int64_t n_classes;
};

// The slots of one range for each class in an array: cursor[c] to limit[c] - 1. A kernel advances
// the cursor. Examples without a slot, because labels changed after they were counted, are counted
// as overflow and written nowhere.
struct Slots {
    int64_t* cursor;
    const int64_t* limit;
};

// out[i] = min(label at begin + i - low, span) for 0 <= i < n.
inline void offsets(Cpu cpu, const Labels& labels, Window window, int64_t begin, int64_t n,
                    uint32_t* out) {
    const uint64_t low = static_cast<uint64_t>(window.low),
                   span = static_cast<uint64_t>(window.span);
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        visit(labels, begin, n, [=](int64_t i, int64_t label) FASTSPLIT_INLINE {
            const uint64_t offset = static_cast<uint64_t>(label) - low;
            out[i] = static_cast<uint32_t>(offset < span ? offset : span);
        });
    });
}

}  // namespace fastsplit
