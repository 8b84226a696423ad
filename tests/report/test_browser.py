"""Pages as their readers see them: figures, search, light and dark, and names that would be code."""

import re

import numpy as np
import pytest
from common_browser import needs_chromium, opened, screenshot

import fastsplit

pytestmark = [needs_chromium, pytest.mark.slow]

SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}
LIGHT, DARK = (0xFF, 0xFF, 0xFF), (0x14, 0x17, 0x1A)  # --page in page.css
BLUE = (0x3A, 0x80, 0xC9)  # the first color in colors.py


def long_tailed(n_classes):
    """Labels of classes of which the first are large and most are small, each with an example at least."""
    sizes = np.maximum(1, 20 * n_classes // np.arange(1, n_classes + 1) ** 1.2).astype(int)
    return np.repeat([f"class-{c}" for c in range(n_classes)], sizes)


@pytest.fixture(scope="module", params=[3, 365, 50_000])
def shown(request, tmp_path_factory):
    parts = fastsplit.split(long_tailed(request.param), SIZES, seed=0)
    path = tmp_path_factory.mktemp("page") / "split page.html"
    parts.report().to_html(path)
    return parts, path


def test_the_figures_on_the_page_are_those_of_the_split(shown, tmp_path):
    parts, path = shown
    page = opened(path, tmp_path)
    assert page.title == f"Split of {len(parts.assignment):,} examples"
    rows = page.tables["splits"]
    assert [row[:2] for row in rows] == [[name, f"{len(parts[name]):,}"] for name in parts.names]
    assert [int(row[-1].replace(",", "")) for row in rows] == (parts.counts == 0).sum(axis=0).tolist()
    assert page.items == parts.report().findings()
    assert page.hidden["answer"]
    assert not page.hidden["overview"]


def test_a_class_is_found(shown, tmp_path):
    parts, path = shown
    c = len(parts.classes) // 2
    name, total, counts = parts.classes[c], int(parts.plan.totals[c]), parts.counts[c].tolist()
    page = opened(path, tmp_path, fragment=f"#class={name}")
    assert page.hidden["overview"]
    assert not page.hidden["answer"]
    first = page.tables["rows"][0]
    assert first[0] == name
    assert first[1] == f"{total:,}"
    assert first[3:6] == [f"{n:,}" for n in counts]
    off = max(abs(n - total * size) for n, size in zip(counts, parts.plan.sizes, strict=True))
    assert first[6] == ("0" if off == 0 else f"{int(off * 100) / 100:.2f}")
    assert len(page.tables["rows"]) == min(100, sum(str(name) in str(other) for other in parts.classes))


def test_the_page_is_light_or_dark_as_the_reader_is(shown, tmp_path):
    _, path = shown
    for dark, background in ((False, LIGHT), (True, DARK)):
        pixels = np.rint(screenshot(path, tmp_path, dark=dark)[:, :, :3] * 255).astype(int)
        assert tuple(pixels[0, 0]) == background
        assert (pixels == BLUE).all(axis=2).sum() > 500  # bars of the first split are there
        text = pixels[:80, :600].reshape(-1, 3).sum(axis=1)  # the title
        assert (text > 600).any() if dark else (text < 150).any()


HOSTILE = [
    "</script><script>document.title = 'run'</script>",
    "<img src=x onerror=\"document.title = 'run'\">",
    "<!-- <script>",
    "'\"&amp;<b>",
    "\u202eabc\x1b[31m",
    "#class=x?y&z%41",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_and_never_code(name, tmp_path):
    from urllib.parse import quote

    labels = np.repeat([*HOSTILE, "x" * 500], 3)
    parts = fastsplit.split(labels, {HOSTILE[0]: 0.7, HOSTILE[1]: 0.3}, seed=0)
    path = tmp_path / "hostile.html"
    parts.report().to_html(path)
    page = opened(path, tmp_path, fragment=f"#class={quote(fastsplit.text.printable(name))}")
    assert page.title == "Split of 21 examples"
    assert {"img", "b"} & set(page.tags) == set()
    assert page.tags.count("script") == 2
    assert [row[0] for row in page.tables["rows"]] == [fastsplit.text.printable(name)]


def test_the_class_of_exactly_the_name_comes_first_then_the_beginning_then_the_inside(tmp_path):
    sizes = {"cat": 10, "Cat": 20, "catfish": 30, "cattle": 40, "bobcat": 50, "dog": 60}
    path = tmp_path / "page.html"
    fastsplit.split(np.repeat([*sizes], [*sizes.values()]), SIZES, seed=0).report().to_html(path)
    page = opened(path, tmp_path, fragment="#class=cat")
    assert [row[0] for row in page.tables["rows"]] == ["cat", "Cat", "cattle", "catfish", "bobcat"]


def test_a_deviation_below_one_is_not_shown_as_one(tmp_path):
    """Three of 1,000 classes of one example are in a: each 0.997 more than its ideal there."""
    path = tmp_path / "page.html"
    fastsplit.split(np.arange(1000), {"a": 0.003, "b": 0.997}, seed=0).report().to_html(path)
    rows = opened(path, tmp_path, fragment="#absent=b").tables["rows"]
    assert [row[-1] for row in rows] == ["0.99"] * 3


def test_the_classes_that_a_split_lacks_are_found_the_largest_first(shown, tmp_path):
    parts, path = shown
    page = opened(path, tmp_path, fragment="#absent=test")
    absent = np.flatnonzero(parts.counts[:, 2] == 0)
    largest = absent[np.argsort(-parts.plan.totals[absent], kind="stable")]
    if not len(absent):
        assert page.hidden["answer"]
        return
    assert [row[0] for row in page.tables["rows"]] == parts.classes[largest[:100]].tolist()


def test_a_page_says_if_nothing_is_found(tmp_path):
    path = tmp_path / "page.html"
    fastsplit.split(long_tailed(30), SIZES, seed=0).report().to_html(path)
    page = opened(path, tmp_path, fragment="#class=elephant")
    assert page.tables["rows"] == []
    assert page.hidden["overview"]


def test_large_integers_are_not_rounded_by_javascript(tmp_path):
    path = tmp_path / "page.html"
    labels = np.repeat(np.array([2**63 + 1, 2**63 + 2], dtype=np.uint64), 50)
    fastsplit.split(labels, seed=2**100).report().to_html(path)
    page = opened(path, tmp_path, fragment=f"#class={2**63 + 1}")
    assert [row[0] for row in page.tables["rows"]] == [str(2**63 + 1)]


def test_nothing_is_fetched(shown):
    """The page forbids it, and asks for nothing."""
    text = shown[1].read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    links = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(\w+:[^"'\s)]*)""", text)
    assert links == []
