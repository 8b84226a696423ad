// tfrecord: the frames of TFRecord files, and one value per feature asked for of each record.
//
// A frame: the length of the data (8 bytes, little-endian), its checksum (4), the data, its
// checksum (4). Checksums are CRC32C, masked.
#pragma once
#include <cstdint>
#include <cstring>
#include <limits>

#include "../parts/blocks.hpp"
#include "crc32c.hpp"
#include "protobuf.hpp"

namespace fastsplit {
namespace tfrecord {

constexpr int64_t kHeader = 12;  // bytes before the data
constexpr int64_t kFooter = 4;   // bytes after it
constexpr uint32_t kMask = 0xA282EAD8;

enum Cause : int32_t {
    kFine,
    kLengthChecksum,
    kDataChecksum,
    kEmpty,
    kNoProtobuf,
    kNoFeature,
    kFloatFeature,
    kNoValue,
    kSeveralValues,
    kOtherKind,
};

// Tests a masked checksum at `stored` against `n` bytes.
inline bool is_sound(bool by_instruction, const uint8_t* data, int64_t n, const uint8_t* stored) {
    const uint32_t crc = crc32c::checksum(by_instruction, data, n);
    const uint32_t masked = (crc >> 15 | crc << 17) + kMask;
    const uint32_t expected = uint32_t{stored[0]} | uint32_t{stored[1]} << 8 |
                              uint32_t{stored[2]} << 16 | uint32_t{stored[3]} << 24;
    return masked == expected;
}

// Frames that lie complete in a block of bytes.
struct Frames {
    int64_t n;      // complete frames
    int64_t bytes;  // of them together
    int64_t next;  // bytes of the frame after them, as far as they are known; INT64_MAX is too many
    Cause cause;   // kLengthChecksum if the frame after them is damaged
};

// Walks from frame to frame: ends[i] = the end of frame i. Checks the lengths, but no data. `ends`
// has room for n / (kHeader + kFooter) frames.
inline Frames walk(bool by_instruction, const uint8_t* data, int64_t n, int64_t* ends) {
    constexpr int64_t kFrame = kHeader + kFooter;
    Frames frames{0, 0, kFrame, kFine};
    while (n - frames.bytes >= kHeader) {
        const uint8_t* const header = data + frames.bytes;
        if (!is_sound(by_instruction, header, 8, header + 8)) {
            frames.cause = kLengthChecksum;
            break;
        }
        const uint64_t length = crc32c::load(header);
        constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
        const bool fits = length <= static_cast<uint64_t>(kMax - kFrame);
        frames.next = fits ? static_cast<int64_t>(length) + kFrame : kMax;
        if (frames.next > n - frames.bytes) break;
        frames.bytes += frames.next;
        ends[frames.n++] = frames.bytes;
        frames.next = kFrame;
    }
    return frames;
}

// The values of one feature in n records: integers in first[0 .. n); or of strings the begins in
// first and the ends in second, as places in the block.
struct Feature {
    int64_t* first;
    int64_t* second;
    protobuf::Kind kind;  // of all values; kNothing before the first
};

// Where a scan stopped: at a record, because of a feature if it is not -1.
struct Stop {
    Cause cause;
    int64_t record;
    int64_t feature;
};

// Writes the value of a feature of record `i`, if it has exactly one.
inline Cause put(const protobuf::Found& found, const uint8_t* data, int64_t i, Feature& feature) {
    if (!found.is_there) return kNoFeature;
    if (found.kind == protobuf::kFloats) return kFloatFeature;
    if (found.n != 1) return found.n == 0 ? kNoValue : kSeveralValues;
    if (feature.kind == protobuf::kNothing) feature.kind = found.kind;
    if (feature.kind != found.kind) return kOtherKind;
    if (found.kind == protobuf::kIntegers) {
        feature.first[i] = found.integer;
    } else {
        feature.first[i] = found.bytes.begin - data;
        feature.second[i] = found.bytes.end - data;
    }
    return kFine;
}

// Checks the data of the n frames that `walk` found, and finds the value of each feature in each
// record. Stops at the first record with a fault; n if there is none. `found` has room for the
// features.
inline Stop scan(bool by_instruction, const uint8_t* data, const int64_t* ends, int64_t n,
                 Feature* features, const protobuf::Bytes* names, int64_t n_features,
                 protobuf::Found* found) {
    for (int64_t i = 0; i < n; ++i) {
        const uint8_t* const begin = data + (i == 0 ? 0 : ends[i - 1]) + kHeader;
        const uint8_t* const end = data + ends[i] - kFooter;
        if (!is_sound(by_instruction, begin, end - begin, end)) return {kDataChecksum, i, -1};
        if (begin == end && n_features > 0) return {kEmpty, i, -1};
        if (!protobuf::find_features({begin, end}, names, n_features, found)) {
            return {kNoProtobuf, i, -1};
        }
        for (int64_t f = 0; f < n_features; ++f) {
            const Cause cause = put(found[f], data, i, features[f]);
            if (cause != kFine) return {cause, i, f};
        }
    }
    return {kFine, n, -1};
}

// Some frames in the memory of several files: frame i is data[begins[i]] .. data[ends[i] - 1] of
// file files[i].
struct Scattered {
    const protobuf::Bytes* data;
    int64_t n_files;
    const int64_t* files;
    const int64_t* begins;
    const int64_t* ends;

    bool is_inside(int64_t i) const {
        return 0 <= files[i] && files[i] < n_files && 0 <= begins[i] &&
               begins[i] <= ends[i] - kHeader - kFooter && ends[i] <= data[files[i]].size();
    }
    protobuf::Bytes example(int64_t i) const {
        const uint8_t* const begin = data[files[i]].begin;
        return {begin + begins[i] + kHeader, begin + ends[i] - kFooter};
    }
    int64_t size(int64_t i) const { return example(i).size(); }
};

// Copies the data of frame i to out[i] for all i of `range`, each after its lengths, both checksums
// and its place inside the file were checked: so it is still in the cache. Returns the first
// position of `range` where they are wrong, or range.end. out[i] has room for frames.example(i).
inline int64_t read(bool by_instruction, const Scattered& frames, uint8_t* const* out,
                    Range range) {
    for (int64_t i = range.begin; i < range.end; ++i) {
        if (!frames.is_inside(i)) return i;
        const protobuf::Bytes example = frames.example(i);
        const uint8_t* const header = example.begin - kHeader;
        if (!is_sound(by_instruction, header, 8, header + 8) ||
            crc32c::load(header) != static_cast<uint64_t>(example.size()) ||
            !is_sound(by_instruction, example.begin, example.size(), example.end)) {
            return i;
        }
        std::memcpy(out[i], example.begin, static_cast<size_t>(example.size()));
    }
    return range.end;
}

}  // namespace tfrecord

}  // namespace fastsplit
