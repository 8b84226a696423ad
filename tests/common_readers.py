"""What the tests of readers share: files, and what is said of those that are refused."""

import re

import pytest

from fastsplit.readers import read


def written(folder, text, name="labels.txt"):
    path = folder / name
    path.write_bytes(text)
    return path


def refusal(path, *columns):
    """Return what the refusal says of the file."""
    with pytest.raises(ValueError, match=re.escape(f"{path}: ")) as caught:
        read(path, *columns)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")
