"""docs/from-the-recipes.md: every recipe and every replacement runs, and yields what the page says."""

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import fastsplit
from fastsplit import tfdata

PAGE = Path(__file__).parents[2] / "docs" / "from-the-recipes.md"
N, COLUMNS = 1000, 32


@pytest.fixture
def names(tmp_path):
    """The names that the page uses: rows in memory and in three files, labels, and the indices of a split."""
    rows = np.repeat(np.arange(N, dtype=np.float32)[:, None], COLUMNS, axis=1)
    paths = [tmp_path / f"{number}.npy" for number in range(3)]
    for path, part in zip(paths, np.array_split(rows, 3), strict=True):
        np.save(path, part)
    names = {"np": np, "tf": tf, "fastsplit": fastsplit, "tfdata": tfdata}
    return {**names, "X": rows, "y": np.arange(N) % 3, "paths": paths, "train_indices": np.arange(0, N, 2)}


def sections():
    text = PAGE.read_text(encoding="utf-8")
    return {
        title: re.findall(r"```python\n(.*?)```", body, re.DOTALL)
        for title, body in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    }


def examples(dataset):
    """Return the first column of all batches, which numbers the rows."""
    batches = [batch[0] if isinstance(batch, tuple) else batch for batch in dataset.as_numpy_iterator()]
    return np.concatenate(batches)[:, 0].astype(int)


def test_the_page_has_a_recipe_and_a_replacement_per_section():
    blocks = sections()
    feeding = ["In memory", "Files read in chunks", "A generator", "A folder of images"]
    assert list(blocks) == [*feeding, "Rows that belong together"]
    for recipe, replacement in blocks.values():
        assert recipe.startswith("# the recipe")
        assert replacement.startswith("# the replacement")


def test_a_folder_of_images_is_split_by_both(names, tmp_path):
    import keras

    folder = tmp_path / "images"
    for number in range(30):
        path = folder / "abc"[number % 3] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tf.io.encode_png(np.full((8, 8, 3), number, dtype=np.uint8)).numpy())
    names |= {"keras": keras, "folder": folder}
    for code in sections()["A folder of images"]:
        exec(code, names)
        found = [images.numpy()[:, 0, 0, 0] for part in ("train", "val") for images, _ in names[part]]
        assert sorted(np.concatenate(found)) == list(range(30))
    assert np.bincount(np.concatenate([labels for _, labels in names["val"]])).tolist() == [2, 2, 2]


@pytest.mark.parametrize("title", ["In memory", "Files read in chunks", "A generator"])
def test_recipes_and_replacements_yield_all_examples(title, names):
    recipe, replacement = sections()[title]
    exec(recipe, names)
    recipe_examples = examples(names["train"])
    assert np.array_equal(np.sort(recipe_examples), np.arange(N) if "Files" in title else names["train_indices"])
    exec(replacement, names)
    if title == "A generator":
        parts = [names["train_indices"]]
    else:
        parts = fastsplit.split(names["y"], (0.7, 0.2, 0.1), seed=0)
        assert np.array_equal(examples(names["val"]), np.sort(parts["val"]))
        assert np.array_equal(examples(names["test"]), np.sort(parts["test"]))
    first = examples(names["train"])
    assert np.array_equal(np.sort(first), np.sort(parts[0]))
    assert not np.array_equal(first, examples(names["train"]))


def test_both_keep_groups_together_but_only_the_replacement_keeps_the_sizes_of_splits(names):
    ends = np.sort(np.random.default_rng(0).choice(np.arange(1, N), 99, replace=False))
    names["patients"] = patients = np.searchsorted(ends, np.arange(N), side="right")  # 100 patients of unequal sizes
    off_by = []
    for code in sections()["Rows that belong together"]:
        np.random.seed(0)  # noqa: NPY002 - the recipe draws from it
        exec(code, names)
        rows = examples(names["train"])
        assert not set(patients[rows]) & set(np.delete(patients, rows))
        off_by.append(abs(len(rows) - 0.7 * N))
    assert off_by[0] > 10 > 1 >= off_by[1]
