"""The page of a report, as a file: what it embeds, and that it is written whole. test_browser.py opens it."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from common_browser import Page
from common_report import halves, made_plan

import fastsplit
from fastsplit.report import Report, page

SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}


def written(report, tmp_path, **options):
    report.to_html(tmp_path / "page.html", **options)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


def picture_of(text):
    """The picture as XML, which is stricter than HTML: a name that is not escaped would be an error."""
    return ElementTree.fromstring(re.search(r"<svg.*?</svg>", text, re.S)[0])


def texts_of(picture):
    return [element.text or element[0].tail for element in picture.iter("{http://www.w3.org/2000/svg}text")]


def test_the_data_is_that_of_the_report_and_of_every_class(tmp_path):
    parts = fastsplit.split(np.repeat(["ä", "b</script>"], [70, 30]), SIZES, seed=2**100)
    data = data_of(written(parts.report(), tmp_path))
    expected = parts.report().to_dict()
    assert {key: data[key] for key in expected} == expected
    assert data["class_names"] == ["b</script>", "ä"]
    assert data["class_counts"] == parts.counts.T.tolist()
    assert [finding["text"] for finding in data["findings"]] == parts.report().findings()


def test_no_name_ends_the_data_or_a_comment(tmp_path):
    names = ["</script>", "<!--<script>", "]]>", "</SCRIPT", "a\u2028b"]
    text = written(Report(halves([[1, 1]] * 5, classes=names, names=("</title>", "</style>"))), tmp_path)
    assert text.lower().count("</script>") == 2
    assert "<!--" not in text
    assert text.count("</title>") == text.count("</style>") == 1
    assert len(data_of(text)["class_names"]) == 5


def test_names_that_no_encoding_has_are_escaped(tmp_path):
    text = written(
        Report(halves([[1, 1]] * 50, classes=[f"\udcff{c}" for c in range(50)], names=("\ud800", "b"))), tmp_path
    )
    assert data_of(text)["class_names"][0] == "\\udcff0"
    assert "\\ud800" in texts_of(picture_of(text))


def test_the_picture_has_the_names_the_sizes_and_what_is_absent(tmp_path):
    parts = fastsplit.split(np.repeat(np.arange(100), 2), {"train": 0.8, "<b>&": 0.1}, seed=0)
    picture = picture_of(written(parts.report(), tmp_path))
    texts = texts_of(picture)
    absent = (parts.counts == 0).sum(axis=0)
    assert {"train", "<b>&", "(none)", "80%", f"{absent[1]} absent", "examples of the class", "2"} <= set(texts)
    assert not absent[0]


def test_every_class_is_in_the_picture(tmp_path):
    """Each class is of a size of its own, and so a dot of its own, in each strip."""
    sizes = [2**c for c in range(41)]
    plan = halves([[n, n] for n in sizes])
    picture = picture_of(written(Report(plan), tmp_path))
    dots = [element for element in picture.iter() if element.get("class") == "dots"]
    assert [element.get("d").count("M") for element in dots] == [41, 41]


def test_few_classes_have_no_picture_beside_their_bars(tmp_path):
    assert "<svg" not in written(fastsplit.split([0, 1] * 50, SIZES, seed=0).report(), tmp_path)


@pytest.mark.parametrize("k", [24, 300])
def test_many_splits_have_a_page(k, tmp_path):
    folds = fastsplit.kfold(np.arange(15_000) % 50, k, seed=0)
    text = written(folds.report(), tmp_path)
    assert [row[0] for row in Page(text).tables["splits"]][:100] == [str(i) for i in range(min(k, 100))]
    names = set(texts_of(picture_of(text)))
    assert {str(i) for i in range(min(k, 48))} <= names
    assert (f"The first 48 of {k} splits" in text) == (k > 48)


def test_splits_that_are_too_many_for_a_table_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "_MAX_ROWS", 10)
    rows = Page(written(fastsplit.kfold(np.arange(100) % 2, 20, seed=0).report(), tmp_path)).tables["splits"]
    assert [row[0] for row in rows] == [*map(str, range(10)), "… 10 more splits"]


@pytest.mark.parametrize("classes", [1, 50])
def test_classes_of_one_size_have_a_page(classes, tmp_path):
    text = written(fastsplit.split(np.repeat(np.arange(classes), 20), SIZES, seed=0).report(), tmp_path)
    assert "of 20 examples each" in text


def test_no_examples_have_a_page(tmp_path):
    assert "There are no examples." in written(fastsplit.split([], seed=0).report(), tmp_path)
    nothing = made_plan(np.zeros((50, 2)), halves([]).sizes)
    assert "There are no examples." in written(Report(nothing), tmp_path)


def test_a_page_of_100_000_classes_is_small(tmp_path):
    labels = np.random.default_rng(0).zipf(1.3, 10**6) % 100_000
    text = written(fastsplit.split(np.append(labels, np.arange(100_000)), SIZES, seed=0).report(), tmp_path)
    assert len(text) < 3_000_000
    assert len(data_of(text)["class_names"]) == 100_000
    assert len(Page(text).tables) == 4


def test_the_same_split_has_the_same_page(tmp_path):
    report = fastsplit.split([0, 1] * 50, SIZES, seed=0).report()
    assert written(report, tmp_path) == written(report, tmp_path)


def test_a_page_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    old = written(fastsplit.split([0, 1] * 50, seed=0).report(), tmp_path)
    monkeypatch.setattr(page, "_picture", lambda table: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fastsplit.split([0, 1] * 60, seed=0).report().to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == old
    assert len(list(tmp_path.iterdir())) == 1


def test_a_page_of_grown_data_says_how_far_it_has_drifted_from_the_plan(tmp_path):
    plan = fastsplit.plan([0, 1] * 50, SIZES, seed=0)
    report = plan.split([*[0, 1] * 50, *[2] * 10]).report()
    came = "10 examples came after the plan was made, with 1 new class."
    assert came in written(report, tmp_path, before=plan)
    assert came not in written(report, tmp_path)


@pytest.mark.parametrize(
    ("before", "error"),
    [
        (fastsplit.plan([0, 1] * 50, SIZES, seed=1), ValueError),
        (fastsplit.plan([0, 1] * 50, {"train": 0.8, "val": 0.1, "test": 0.1}, seed=0), ValueError),
        (fastsplit.plan([0, 1] * 50, (0.7, 0.2, 0.1, 0), seed=0), ValueError),
        (fastsplit.plan([0, 7] * 50, SIZES, seed=0), ValueError),
        (fastsplit.plan([0, 1] * 50, SIZES, groups=np.arange(100), seed=0), TypeError),
    ],
)
def test_a_plan_that_did_not_split_this_data_is_an_error(before, error, tmp_path):
    report = fastsplit.split([0, 1] * 50, SIZES, seed=0).report()
    with pytest.raises(error, match=r"before must be the .* that split this data"):
        report.to_html(tmp_path / "page.html", before=before)
    assert not list(tmp_path.iterdir())


def test_a_plan_of_several_labels_has_no_drift(tmp_path):
    report = fastsplit.split_multilabel(np.eye(10, dtype=bool), seed=0).report()
    with pytest.raises(TypeError, match="before must be the Plan or GroupPlan that split this data"):
        report.to_html(tmp_path / "page.html", before=fastsplit.plan([0, 1], seed=0))
    assert not list(tmp_path.iterdir())
