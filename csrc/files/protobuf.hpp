// protobuf: the wire format of tf.train.Example, walked down to the value of some features.
//
//   Example { Features features = 1 }    SequenceExample { Features context = 1; ... } reads alike
//   Features { map<string, Feature> feature = 1 }    an entry of the map: { key = 1, value = 2 }
//   Feature { oneof { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3
//   } } BytesList, FloatList, Int64List { repeated value = 1 }    packed or not
//
// Read as protobuf's own parsers do: fields in any order; unknown fields, and known ones of another
// wire type, are skipped; a message that comes in parts is merged; of entries with the same key,
// the last one counts. What is not on the way to a feature asked for is skipped by its length, and
// not checked.
#pragma once
#include <cstdint>
#include <cstring>

namespace fastsplit {
namespace protobuf {

enum Wire : uint32_t { kVarint, kFixed64, kLengthDelimited, kBeginGroup, kEndGroup, kFixed32 };

// What a feature holds: the number of the field of Feature that is set, or kNothing.
enum Kind : int32_t { kNothing = 0, kBytes = 1, kFloats = 2, kIntegers = 3 };

constexpr int kMaxGroups = 100;  // within one another; protobuf's own limit

struct Bytes {
    const uint8_t* begin;
    const uint8_t* end;
    int64_t size() const { return end - begin; }
};

struct Tag {
    uint32_t field;
    uint32_t wire;
};

// Reads fields one after another. Every function returns false, for good, where the bytes are no
// protobuf; none reads past the end.
class Fields {
  public:
    explicit Fields(Bytes message) : at_(message.begin), end_(message.end) {}

    bool at_end() const { return at_ == end_; }

    // Reads a number of at most ten bytes; bits beyond 64 are lost, as in protobuf's parsers.
    bool varint(uint64_t& value) {
        value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (at_ == end_) return false;
            const uint64_t byte = *at_++;
            value |= (byte & 0x7F) << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }

    bool tag(Tag& tag) {
        uint64_t value;
        if (!short_varint(value) || value > UINT32_MAX) return false;
        tag = {static_cast<uint32_t>(value >> 3), static_cast<uint32_t>(value & 7)};
        return tag.field != 0;
    }

    bool bytes(Bytes& value) {
        uint64_t size;
        if (!short_varint(size) || size > static_cast<uint64_t>(end_ - at_)) return false;
        value = {at_, at_ + size};
        at_ += size;
        return true;
    }

    bool fixed(int64_t size) {
        if (end_ - at_ < size) return false;
        at_ += size;
        return true;
    }

    // Skips the value of a field, whatever it is.
    bool skip(Tag tag, int groups = kMaxGroups) {
        uint64_t number;
        Bytes value;
        switch (tag.wire) {
            case kVarint: return varint(number);
            case kFixed64: return fixed(8);
            case kLengthDelimited: return bytes(value);
            case kFixed32: return fixed(4);
            case kBeginGroup: return groups > 0 && skip_group(tag.field, groups - 1);
            default: return false;
        }
    }

  private:
    // Tags and lengths have at most five bytes.
    bool short_varint(uint64_t& value) {
        const uint8_t* const begin = at_;
        if (at_ != end_ && *at_ < 0x80) {
            value = *at_++;
            return true;
        }
        return varint(value) && at_ - begin <= 5;
    }

    bool skip_group(uint32_t field, int groups) {
        Tag inner;
        while (tag(inner)) {
            if (inner.wire == kEndGroup) return inner.field == field;
            if (!skip(inner, groups)) return false;
        }
        return false;
    }

    const uint8_t* at_;
    const uint8_t* end_;
};

// Calls visit(value) for the value of every field of this number and wire type kLengthDelimited.
template <typename Visit>
inline bool for_each(Bytes message, uint32_t field, Visit visit) {
    Fields fields(message);
    while (!fields.at_end()) {
        Tag tag;
        Bytes value;
        if (!fields.tag(tag)) return false;
        if (tag.field == field && tag.wire == kLengthDelimited) {
            if (!fields.bytes(value) || !visit(value)) return false;
        } else if (!fields.skip(tag)) {
            return false;
        }
    }
    return true;
}

// A feature as it was found: its kind, how many values it has, and the last one of them. Floats are
// counted only.
struct Found {
    Kind kind = kNothing;
    bool is_there = false;
    int64_t n = 0;
    int64_t integer = 0;
    Bytes bytes = {nullptr, nullptr};
};

// Adds the values of a BytesList, FloatList or Int64List.
inline bool add_values(Kind kind, Bytes list, Found& found) {
    Fields fields(list);
    while (!fields.at_end()) {
        Tag tag;
        uint64_t number;
        Bytes value;
        if (!fields.tag(tag)) return false;
        if (tag.field != 1) {
            if (!fields.skip(tag)) return false;
        } else if (kind == kIntegers && tag.wire == kVarint) {
            if (!fields.varint(number)) return false;
            found.integer = static_cast<int64_t>(number);
            ++found.n;
        } else if (kind == kIntegers && tag.wire == kLengthDelimited) {
            if (!fields.bytes(value)) return false;
            for (Fields packed(value); !packed.at_end(); ++found.n) {
                if (!packed.varint(number)) return false;
                found.integer = static_cast<int64_t>(number);
            }
        } else if (kind == kBytes && tag.wire == kLengthDelimited) {
            if (!fields.bytes(found.bytes)) return false;
            ++found.n;
        } else if (kind == kFloats && tag.wire == kFixed32) {
            if (!fields.fixed(4)) return false;
            ++found.n;
        } else if (kind == kFloats && tag.wire == kLengthDelimited) {
            if (!fields.bytes(value) || value.size() % 4 != 0) return false;
            found.n += value.size() / 4;
        } else if (!fields.skip(tag)) {
            return false;
        }
    }
    return true;
}

// Adds a Feature to what was found of it: lists of one kind are joined, a list of another kind
// replaces what was there.
inline bool add_feature(Bytes feature, Found& found) {
    Fields fields(feature);
    while (!fields.at_end()) {
        Tag tag;
        Bytes list;
        if (!fields.tag(tag)) return false;
        if (tag.field > kIntegers || tag.wire != kLengthDelimited) {
            if (!fields.skip(tag)) return false;
            continue;
        }
        const Kind kind = static_cast<Kind>(tag.field);
        if (found.kind != kind) found.n = 0;
        found.kind = kind;
        if (!fields.bytes(list) || !add_values(kind, list, found)) return false;
    }
    return true;
}

// The feature of an entry of the map.
inline bool read_entry(Bytes entry, Found& found) {
    found = Found();
    found.is_there = true;
    return for_each(entry, 2, [&](Bytes feature) { return add_feature(feature, found); });
}

// The key of an entry of the map; the empty one if there is none. An entry with other fields is
// refused: protobuf's parsers take it, hide it, or refuse it.
inline bool read_key(Bytes entry, Bytes& key) {
    key = {entry.begin, entry.begin};
    Fields fields(entry);
    while (!fields.at_end()) {
        Tag tag;
        Bytes value;
        if (!fields.tag(tag) || tag.field > 2 || tag.wire != kLengthDelimited) return false;
        if (!fields.bytes(value)) return false;
        if (tag.field == 1) key = value;
    }
    return true;
}

// Calls visit(key, entry) for every entry of the map of features.
template <typename Visit>
inline bool for_each_entry(Bytes example, Visit visit) {
    return for_each(example, 1, [&](Bytes features) {
        return for_each(features, 1, [&](Bytes entry) {
            Bytes key;
            return read_key(entry, key) && visit(key, entry);
        });
    });
}

inline bool same(Bytes a, Bytes b) {
    return a.size() == b.size() &&
           (a.size() == 0 || std::memcmp(a.begin, b.begin, static_cast<size_t>(a.size())) == 0);
}

// Finds n features by name. Returns false if the example is no protobuf.
inline bool find_features(Bytes example, const Bytes* names, int64_t n, Found* found) {
    for (int64_t f = 0; f < n; ++f) found[f] = Found();
    return for_each_entry(example, [=](Bytes key, Bytes entry) {
        for (int64_t f = 0; f < n; ++f) {
            if (same(key, names[f]) && !read_entry(entry, found[f])) return false;
        }
        return true;
    });
}

struct Listed {
    Bytes name;
    Found found;
};

// Lists the first `most` entries of the map for an error message, and returns their number.
inline int64_t list_features(Bytes example, Listed* listed, int64_t most) {
    int64_t n = 0;
    for_each_entry(example, [&](Bytes key, Bytes entry) {
        if (n == most) return false;
        listed[n].name = key;
        return read_entry(entry, listed[n++].found);
    });
    return n;
}

}  // namespace protobuf

}  // namespace fastsplit
