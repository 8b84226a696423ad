import sys

import numpy as np
import pytest

pytest.register_assert_rewrite("common_cli")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def old(here, capsys):
    """A folder with labels and a finished split of them, and the contents of both."""
    from common_cli import contents, split

    np.save("l.npy", np.arange(1000) % 7)
    assert split("l.npy", seed=1) == 0
    capsys.readouterr()
    return contents(here)


# The sizes of chunks in all readers: of examples, of bytes, of lines.
SMALL = {
    "CHUNK_EXAMPLES": 7,
    "CHUNK_BYTES": 500,
    "MAX_LINES": 7,
    "BLOCK": 300,
    "_BLOCK": 500,
    "_CHUNK": 7,
    "_MOST_ROWS": 7,
}


@pytest.fixture(params=["large chunks", "small chunks"])
def chunk_size(request, monkeypatch):
    """Run a test twice: with chunks as they are, and with chunks of a few examples."""
    if request.param == "large chunks":
        return request.param
    from fastsplit.readers import arrays, arrow, images, json_lines, parquet, records, scans  # noqa: F401 - are patched

    for name, module in list(sys.modules.items()):
        if name.startswith("fastsplit.readers."):
            for constant, value in SMALL.items():
                if hasattr(module, constant):
                    monkeypatch.setattr(module, constant, value)
    return request.param


@pytest.fixture
def seen_chunks(monkeypatch):
    """The numbers of examples of all chunks that are scanned."""
    from fastsplit.cli import data

    seen, real = [], data.progress

    def progress(chunks, *args):
        for chunk in real(chunks, *args):
            seen.append(chunk.n)
            yield chunk

    monkeypatch.setattr(data, "progress", progress)
    return seen
