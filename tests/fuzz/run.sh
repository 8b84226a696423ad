#!/usr/bin/env bash
# Fuzz every target in this folder: `bash tests/fuzz/run.sh [SECONDS [TARGET ...]]`, a minute each by default. Inputs
# are mutated towards new code, under AddressSanitizer and UndefinedBehaviorSanitizer; one that fails is kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if (($# == 0)); then
    for file in tests/fuzz/*.cpp; do
        name=$(basename "$file" .cpp)
        [[ $name == driver ]] || set -- "$@" "$name"
    done
fi
flags=(-std=c++17 -g -Wall -Wextra -Icsrc -Itests/fuzz)
checks=(-O1 -D_GLIBCXX_ASSERTIONS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
"${CXX:-g++}" "${flags[@]}" -O2 -c tests/fuzz/driver.cpp -o "$folder/driver.o"
for name in "$@"; do
    "${CXX:-g++}" "${flags[@]}" "${checks[@]}" -fsanitize-coverage=trace-pc -c "tests/fuzz/$name.cpp" -o "$folder/$name.o"
    "${CXX:-g++}" "${checks[@]}" "$folder/driver.o" "$folder/$name.o" -o "$folder/$name"
    printf '%s, ' "$name"
    "$folder/$name" "$seconds" "${TMPDIR:-/tmp}/fuzz-$name.bin"
done
