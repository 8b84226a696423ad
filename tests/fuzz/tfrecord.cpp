// tfrecord: the scanner of TFRecord files over any bytes, and over any bytes in frames with sound
// checksums.
#include "files/tfrecord.hpp"

#include "driver.hpp"

namespace {

using namespace fastsplit;

const std::string kNames[] = {"label", "", "id"};
constexpr int64_t kFeatures = 3;

std::string masked(const std::string& bytes) {
    const auto* const data = reinterpret_cast<const uint8_t*>(bytes.data());
    const auto n = static_cast<int64_t>(bytes.size());
    const uint32_t crc = crc32c::checksum(false, data, n);
    if (crc32c::has_instruction())
        require(crc == crc32c::checksum(true, data, n), "equal checksums");
    const uint32_t mask = (crc >> 15 | crc << 17) + tfrecord::kMask;
    std::string result;
    for (int byte = 0; byte < 4; ++byte) result += static_cast<char>(mask >> 8 * byte);
    return result;
}

std::string frame(const std::string& data) {
    std::string length;
    for (int byte = 0; byte < 8; ++byte)
        length += static_cast<char>(uint64_t{data.size()} >> 8 * byte);
    return length + masked(length) + data + masked(data);
}

// Scans a block for the first `n_features` names; returns the record where the scan stopped.
int64_t scan(const std::string& bytes, int64_t n_features) {
    const Exact block(bytes);
    const bool by_instruction = crc32c::has_instruction();
    std::vector<int64_t> ends(bytes.size() / 16 + 1);
    const tfrecord::Frames frames =
        tfrecord::walk(by_instruction, block.data(), block.size(), ends.data());
    require(0 <= frames.bytes && frames.bytes <= block.size(), "frames inside the block");
    require(frames.n == 0 || ends[frames.n - 1] == frames.bytes, "the last frame ends the frames");
    require(frames.next >= 16, "a next frame of any size");
    require(frames.cause != tfrecord::kFine || frames.next > block.size() - frames.bytes,
            "all frames found");

    std::vector<int64_t> first(kFeatures * frames.n + 1), second(kFeatures * frames.n + 1);
    std::vector<protobuf::Bytes> names;
    std::vector<tfrecord::Feature> features;
    std::vector<protobuf::Found> found(kFeatures);
    for (int64_t f = 0; f < n_features; ++f) {
        const auto* const name = reinterpret_cast<const uint8_t*>(kNames[f].data());
        names.push_back({name, name + kNames[f].size()});
        features.push_back({&first[f * frames.n], &second[f * frames.n], protobuf::kNothing});
    }
    const tfrecord::Stop stop =
        tfrecord::scan(by_instruction, block.data(), ends.data(), frames.n, features.data(),
                       names.data(), n_features, found.data());
    require((stop.cause == tfrecord::kFine) == (stop.record == frames.n), "stops at a fault only");
    for (int64_t f = 0; f < n_features; ++f) {
        for (int64_t i = 0; i < stop.record && features[f].kind == protobuf::kBytes; ++i) {
            const int64_t begin = features[f].first[i], end = features[f].second[i];
            require((i == 0 ? 0 : ends[i - 1]) + 12 <= begin && begin <= end && end <= ends[i] - 4,
                    "inside the data");
        }
    }
    return stop.record;
}

void list(const std::string& bytes) {
    const Exact example(bytes);
    protobuf::Listed listed[2];
    const int64_t n =
        protobuf::list_features({example.data(), example.data() + example.size()}, listed, 2);
    require(0 <= n && n <= 2, "as many features as there is room for");
    for (int64_t i = 0; i < n; ++i) {
        const protobuf::Bytes name = listed[i].name;
        require(example.data() <= name.begin && name.begin <= name.end &&
                    name.end <= example.data() + example.size(),
                "a name inside the example");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    scan(bytes, 1);
    list(bytes);
    const std::string sound = frame(bytes);
    const int64_t one = scan(sound, 1);
    require(scan(sound + sound, 1) == 2 * one, "the same record again has the same features");
    require(scan(sound, kFeatures) <= one, "more features are no easier to find");
    scan(sound + frame(bytes.substr(size / 2)), 1);
    return 0;
}

std::vector<std::string> seeds() {
    const auto field = [](char number, const std::string& value) {
        return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(value.size())} +
               value;
    };
    const auto entry = [&](const std::string& name, const std::string& feature) {
        return field(1, field(1, name) + field(2, feature));
    };
    const std::string negative = std::string(9, '\xff') + '\1';
    const std::string integer = field(3, field(1, negative)),
                      unpacked = field(3, "\x08" + negative);
    const std::string text = field(1, field(1, "cat")), number = field(2, field(1, "abcd"));
    const std::string group = "\x4b\x0a\x01x\x4c";
    return {
        frame(field(1, entry("label", integer))),
        field(1, entry("label", integer)),
        field(1, entry("label", unpacked) + entry("id", text)),
        field(1, entry("image", text) + entry("label", text) + entry("", integer) +
                     entry("id", integer)),
        field(1, entry("label", number)) + group,
        field(1, field(1, field(2, text) + field(1, "label") + field(2, integer)) + group),
        "",
    };
}
