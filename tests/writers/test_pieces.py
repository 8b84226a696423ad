"""Examples that are bytes reach the file of their split as they are."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fastsplit.readers.source import Chunk, Pieces
from fastsplit.writers import new_writer


def chunk(texts):
    data = np.frombuffer(b"".join(texts), dtype=np.uint8)
    pieces = Pieces(data, np.cumsum([len(text) for text in texts], dtype=np.int64))
    return Chunk(len(texts), (), None, None, pieces, str)


@pytest.mark.parametrize("way", ["lines", "records"])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_every_example_is_in_its_file_after_the_head(tmp_path, way, size):
    texts = [f"line {i}".encode() + b"\n" for i in range(100)]
    splits = np.random.default_rng(0).choice([0, 1, 255], size=100).astype(np.uint8)
    source = SimpleNamespace(suffix=".csv", head=b"head\n")
    writer = new_writer(way, tmp_path, ["a", "b", "c"], source)
    for begin in range(0, 100, size):
        writer.write(chunk(texts[begin : begin + size]), splits[begin : begin + size])
    writer.close()
    for k, name in enumerate("abc"):
        expected = b"head\n" + b"".join(text for text, split in zip(texts, splits, strict=True) if split == k)
        assert Path(tmp_path, f"{name}.csv").read_bytes() == expected
