"""Cards: what a notebook shows of splits, folds, plans and reports."""

from fractions import Fraction

import numpy as np
import pytest
from common_browser import Page, needs_chromium, screenshot
from common_report import halves, made_plan

import fastsplit
from fastsplit.report import Report, colors

SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}


def tables(shown):
    """The rows of the tables of a card."""
    return list(Page(shown._repr_html_()).tables.values())


@pytest.mark.parametrize(
    ("make", "title"),
    [
        (lambda labels: fastsplit.split(labels, SIZES, seed=0), "Splits"),
        (lambda labels: fastsplit.split(labels, SIZES, groups=np.arange(60) // 2, seed=0), "Splits"),
        (lambda labels: fastsplit.split_multilabel(np.eye(3, dtype=bool)[labels], SIZES, seed=0), "Splits"),
        (lambda labels: fastsplit.kfold(labels, 3, seed=0), "Folds"),
        (lambda labels: fastsplit.plan(labels, SIZES, seed=0), "Plan"),
        (lambda labels: fastsplit.plan(labels, SIZES, groups=np.arange(60) // 2, seed=0), "GroupPlan"),
        (
            lambda labels: fastsplit.split_multilabel(np.eye(3, dtype=bool)[labels], SIZES, seed=0).plan,
            "MultilabelPlan",
        ),
        (lambda labels: fastsplit.split(labels, SIZES, seed=0).report(), "Report"),
    ],
)
def test_every_result_has_a_card(make, title):
    shown = make(np.repeat(np.arange(3), 20))
    text = shown._repr_html_()
    assert f"<strong>{title}</strong> 60 examples" in text
    splits, classes = tables(shown)
    plan = getattr(shown, "plan", shown)
    assert [row[:2] for row in splits] == [
        [name, str(n)] for name, n in zip(plan.names, plan.split_sizes.tolist(), strict=True)
    ]
    assert [row[0] for row in classes] == ["0", "1", "2"]
    assert [row[3:6] for row in classes] == [[str(n) for n in row] for row in plan.counts.tolist()]


def test_bars_are_as_wide_as_the_counts():
    text = Report(made_plan([[7, 2]], [Fraction(1, 2), Fraction(1, 4)], totals=[10]))._repr_html_()
    assert 'title="a 7 (70.0%), b 2 (20.0%), in no split 1 (10.0%)"' in text
    for number, color in ((7, "k0"), (2, "k1"), (1, "kr")):
        assert f'<i class="{color}" style="flex-grow:{number}"></i>' in text


def test_a_split_without_a_class_has_no_piece_of_its_bar():
    text = Report(halves([[5, 0]]))._repr_html_()
    assert 'title="a 5 (100.0%), b 0 (0.0%)"' in text
    assert "flex-grow:0" not in text


def test_more_classes_than_a_few_are_the_largest_the_smallest_and_all_by_size():
    labels = np.repeat(np.arange(1000), [10_000, 2000, *[150] * 98, *[20] * 800, *[3] * 100])
    plan = fastsplit.plan(labels, SIZES, seed=0)
    _, classes, densities = tables(plan)
    assert [row[0] for row in classes] == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "… 990 more classes",
        "995",
        "996",
        "997",
        "998",
        "999",
    ]
    assert [row[:2] for row in densities] == [
        ["10,000", "1"],
        ["2,000", "1"],
        ["150", "98"],
        ["20", "800"],
        ["3", "100"],
    ]
    lacking = (plan.counts == 0).any(axis=1)
    assert [int(row[-1]) for row in densities] == [0, 0, 0, lacking[100:900].sum(), lacking[900:].sum()]


def test_the_bars_of_classes_by_size_have_the_examples_in_no_split():
    plan = made_plan([[10, 4]] * 20, [Fraction(1, 2), Fraction(1, 4)], totals=[20] * 20)
    assert 'title="a 200 (50.0%), b 80 (20.0%), in no split 120 (30.0%)"' in plan._repr_html_()


def test_classes_of_similar_sizes_have_finer_rows():
    densities = tables(halves([[n, n] for n in range(5, 25)]))[2]
    assert [row[:2] for row in densities] == [["20 to 48", "15"], ["10 to 18", "5"]]


def test_many_splits_are_the_first_and_the_last():
    splits, classes, densities = tables(fastsplit.kfold(np.arange(20_000) % 40, 500, seed=0))
    assert [row[0] for row in splits] == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "… 490 more splits",
        "495",
        "496",
        "497",
        "498",
        "499",
    ]
    assert len(classes[0]) == 3  # neither bars nor counts of 500 splits
    assert len(densities[0]) == 4


def test_a_card_of_very_many_classes_is_small():
    counts = np.random.default_rng(0).integers(1, 1000, size=(10**6, 2))
    assert len(halves(counts)._repr_html_()) < 20_000


def test_a_card_of_no_examples_has_no_classes():
    assert [row[:2] for row in tables(fastsplit.split([], seed=0))[0]] == [["train", "0"], ["test", "0"]]
    assert len(tables(fastsplit.split([], seed=0))) == 1


def test_classes_without_examples_are_in_the_table():
    classes = tables(made_plan([[0, 0], [3, 3]], (Fraction(1, 2), Fraction(1, 2))))[1]
    assert [row[:2] for row in classes] == [["1", "6"], ["0", "0"]]


def test_names_are_escaped():
    name = "<script>alert(1)</script>\"'&"
    plan = halves([[1, 1]], names=(name, "b"), classes=[name])
    text = Report(plan)._repr_html_()
    assert "<script" not in text
    splits, classes = tables(plan)
    assert splits[0][0] == classes[0][0] == name
    assert set(Page(text).tags) <= {
        "div",
        "style",
        "strong",
        "ul",
        "li",
        "span",
        "i",
        "bdi",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }


def test_the_card_of_a_report_says_what_to_know():
    report = Report(halves([[1, 0], [5, 5]]))
    assert Page(report._repr_html_()).items == report.findings()
    assert Page(report.plan._repr_html_()).items == []


def test_a_card_reads_on_light_and_on_dark_pages():
    """It sets no color of text and no background but those of bars."""
    style = fastsplit.split([0, 1] * 50, seed=0)._repr_html_().partition("</style>")[0]
    rules = [rule for rule in style.partition("<style>")[2].split("}") if rule]
    for rule in rules:
        selector, declarations = rule.split("{")
        for declaration in declarations.split(";"):
            key, value = declaration.split(":")
            if key in ("color", "background", "border-bottom"):
                assert "currentColor" in value or ".k" in selector


def luminance(color):
    """The relative luminance of a color, by the rules of WCAG."""
    parts = [int(color[begin : begin + 2], 16) / 255 for begin in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return np.dot(linear, [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("color", [*colors.PALETTE, colors.REST])
def test_every_color_has_contrast_to_light_and_to_dark_pages(color):
    own, dark = luminance(color) + 0.05, luminance("#14171a") + 0.05
    assert 1.05 / own > 2.9
    assert own / dark > 4


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("background", [(255, 255, 255), (17, 17, 17)])
def test_the_bars_of_a_card_are_drawn(background, tmp_path):
    card = fastsplit.split(np.repeat([0, 1, 2], [700, 70, 7]), SIZES, seed=0)._repr_html_()
    color = "black" if background[0] == 255 else "white"
    body = f"<body style='background:rgb{background};color:{color}'>{card}</body>"
    path = tmp_path / "card.html"
    path.write_text(f"<!DOCTYPE html>{body}", encoding="utf-8")
    pixels = np.rint(screenshot(path, tmp_path)[:, :, :3] * 255).astype(int)
    assert tuple(pixels[0, 0]) == background
    for bar in ((0x3A, 0x80, 0xC9), (0xD9, 0x7F, 0x18), (0x2B, 0x9A, 0x6B)):  # as in colors.py
        assert (pixels == bar).all(axis=2).sum() > 200
