"""The README: it is short, its examples run, and a test shows each of its sentences."""

import ast
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import fastsplit
import speeds
from fastsplit.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "bench" / "RESULTS.md").read_text(encoding="utf-8")
MOST_LINES = 90
NAMES = ("train", "val", "test")
SIZES = (0.7, 0.2, 0.1)
SHOWN_BY = {  # what the README promises in plain words -> the tests that show it, of tests/promises/test_guarantees.py
    "Exact": ["test_counts_and_totals_are_floors_or_ceilings"],
    "Fair": ["test_every_example_has_the_requested_probabilities"],
    "Reproducible": [
        "test_the_result_does_not_depend_on_threads_layout_or_cpu",
        "test_with_ids_neither_order_nor_files_matter_and_rows_of_one_id_stay_together",
    ],
    "Stable": ["test_later_examples_move_none_and_have_the_requested_probabilities"],
    "Whole": ["test_groups_are_whole_and_have_the_requested_probabilities"],
}
PLAIN, SCIKIT_LEARN = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
N = 1000


def test_it_is_read_in_a_minute():
    assert len(README.splitlines()) <= MOST_LINES


def test_its_links_and_pictures_resolve():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert len(targets) > 10
    for target in targets:
        assert (ROOT / target).exists(), target


def test_its_first_two_blocks_of_bash_are_a_line_each():
    blocks = re.findall(r"^```bash\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert [block.count("\n") for block in blocks] == [1, 1]
    assert "fastsplit demo" in blocks[0]
    assert "pytest" in blocks[1]


def test_its_blocks_of_python_run_one_after_the_other_and_one_call_replaces_two():
    pandas = pytest.importorskip("pandas")
    names = {}
    for code in (PLAIN, SCIKIT_LEARN):
        exec(compile(code, "README.md", "exec"), names)  # in one namespace: a block may use earlier names
        assert [len(names[split]) for split in NAMES] == [700_000, 200_000, 100_000]
        assert code.count("train_test_split(") in (0, 2)
        rows = pandas.DataFrame({"label": names["labels"]}).iloc[names["train"]]
        assert rows["label"].tolist() == names["labels"][names["train"]].tolist()


def test_the_two_calls_round_twice_so_that_a_class_may_be_off_by_more_than_an_example():
    labels = np.repeat([0, 1], [13, 48])
    names = {"np": np, "labels": labels}
    exec(SCIKIT_LEARN, names)
    counts = np.transpose([np.bincount(labels[names[split]], minlength=2) for split in NAMES])
    ideals = np.outer([13, 48], SIZES)
    assert np.abs(fastsplit.split(labels, SIZES, seed=0).counts - ideals).max() < 1 < np.abs(counts - ideals).max()


def test_the_two_calls_fail_if_the_first_leaves_a_class_with_a_single_example():
    labels = np.repeat([0, 1, 2], [100, 50, 3])
    with pytest.raises(ValueError, match="only 1 member"):
        exec(SCIKIT_LEARN, {"np": np, "labels": labels})
    assert fastsplit.split(labels, SIZES, seed=0).counts.sum() == len(labels)


def test_its_command_writes_the_lines_of_each_split(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f'{i},{"ab"[i % 2]},"x, {i}"\r\n' for i in range(100)]
    Path("data.csv").write_bytes("".join(["id,label,text\r\n", *rows]).encode())
    (command,) = re.findall(r"^    fastsplit (split .*)$", README, re.MULTILINE)
    assert main(shlex.split(command)) == 0
    written = [Path(f"parts/{split}.csv").read_bytes().decode().splitlines(keepends=True) for split in NAMES]
    assert [len(lines) - 1 for lines in written] == [70, 20, 10]
    assert sorted(row for lines in written for row in lines[1:]) == sorted(rows)


def instead_of(what):
    """Return the code that the README gives for those who come from something."""
    (code,) = re.findall(rf"^\|[^|]*`[^|]*{what}[^|]*\| `([^|]*)` \|", README, re.MULTILINE)
    return code


@pytest.fixture
def names():
    """The names that the table of replacements uses."""
    rng = np.random.default_rng(0)
    return {
        "fastsplit": fastsplit,
        "X": np.arange(N, dtype=np.float32)[:, None],
        "y": np.repeat([0, 1, 2], [600, 300, 100]),
        "groups": rng.permutation(np.arange(N) // 5),
        "Y": rng.random((N, 6)) < 0.2,
    }


def test_instead_of_train_test_split(names):
    exec(instead_of("train_test_split"), names)
    assert np.bincount(names["y"][names["test"]]).tolist() == [150, 75, 25]
    assert np.array_equal(np.sort(np.concatenate([names["train"], names["test"]])), np.arange(N))


@pytest.mark.parametrize("what", ["StratifiedKFold", "StratifiedGroupKFold", "MultilabelStratifiedKFold"])
def test_instead_of_folds(names, what):
    exec(instead_of(rf"(?<![a-zA-Z]){what}"), names)
    y, groups, tested = names["y"], names["groups"], []
    for train, test in names["cv"]:
        assert len(test) == 200
        if what == "StratifiedKFold":
            assert np.bincount(y[test]).tolist() == [120, 60, 20]
        elif what == "StratifiedGroupKFold":
            assert not np.intersect1d(groups[train], groups[test]).size
        else:
            assert np.abs(names["Y"][test].sum(axis=0) - names["Y"].sum(axis=0) / 5).max() < 2
        tested.append(test)
    assert np.array_equal(np.sort(np.concatenate(tested)), np.arange(N))


@pytest.mark.slow
def test_instead_of_a_folder_of_images_read_by_keras(names, tmp_path):
    import tensorflow as tf

    for number in range(30):
        path = tmp_path / "abc"[number % 3] / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(tf.io.encode_png(np.full((8, 8, 3), number, dtype=np.uint8)).numpy())
    exec(instead_of("image_dataset_from_directory"), names | {"folder": tmp_path}, found := {})
    assert {name: np.bincount(np.concatenate([y for _, y in found[name]])).tolist() for name in ("train", "val")} == {
        "train": [8, 8, 8],
        "val": [2, 2, 2],
    }


@pytest.mark.slow
def test_instead_of_from_tensor_slices_and_shuffle(names):
    exec(instead_of("from_tensor_slices"), names)
    parts = {name: [np.concatenate(column) for column in zip(*names[name], strict=True)] for name in ("train", "test")}
    rows = [parts[name][0][:, 0].astype(int) for name in ("train", "test")]
    assert np.array_equal(np.sort(np.concatenate(rows)), np.arange(N))
    assert not np.array_equal(rows[0], np.sort(rows[0]))
    assert np.bincount(parts["test"][1]).tolist() == [120, 60, 20]
    assert np.array_equal(parts["test"][1], names["y"][rows[1]])


def test_each_promise_in_plain_words_names_tests_of_the_guarantees():
    promises = README.partition("## What you can rely on\n")[2].partition("\n## ")[0]
    assert re.findall(r"^- \*\*(\w+)\.\*\*", promises, re.MULTILINE) == list(SHOWN_BY)
    source = (ROOT / "tests" / "promises" / "test_guarantees.py").read_text(encoding="utf-8")
    defined = {getattr(node, "name", "") for node in ast.parse(source).body}
    assert defined.issuperset(name for tests in SHOWN_BY.values() for name in tests)


def test_its_table_of_speeds_is_that_of_the_results():
    shown = README.partition("<!-- table -->\n")[2].partition("\n<!-- /table -->")[0]
    assert shown == speeds.rendered(RESULTS)


def test_its_table_of_speeds_leads_with_what_is_used_today_and_has_no_row_without_it():
    lines = speeds.lines(RESULTS)
    assert all(line.slowdowns["scikit-learn"] for line in lines)
    assert speeds.rendered(RESULTS).startswith("|  | labels | scikit-learn | tutorial |")
    assert lines[0].seconds / int(lines[0].labels.replace(",", "")) < 10e-9  # "a few nanoseconds per label"


def test_its_speeds_of_groups_and_several_labels_are_those_of_the_results():
    groups, several = speeds.section(RESULTS, "groups"), speeds.section(RESULTS, "multilabel")
    ranges = []
    for pattern, section in [(r"\| fastsplit.*\| ([0-9.]+)x \|", groups), (r"iterative.*\| ([0-9.]+)x \|", several)]:
        found = [float(speed) for speed in re.findall(pattern, section)]
        ranges.append(f"{min(found):.0f} to {max(found):.0f} times as fast as")
    text = " ".join(README.split())
    assert all(found in text for found in ranges), ranges
