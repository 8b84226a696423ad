"""The pages of the documentation: blocks of Python run, outputs are as shown, links and paths resolve."""

import re
from itertools import pairwise

import pytest
from common_pages import DOCS, ENGINES, PAGES, ROOT, blocks_of, is_there, missing, modules_of, run, text_of

import fastsplit
from fastsplit import report

# Their blocks are pieces: these tests run them with what they need around them.
ELSEWHERE = {"from-the-recipes": "tests/tfdata/test_recipes.py", "files/tfrecord": "tests/docs/test_files.py"}
HEAVY = {*ENGINES, "keras", "tensorflow"}
EXECUTABLE = {page: blocks_of(page, "python") for page in PAGES if page not in ELSEWHERE}
PATH = re.compile(r"`((?:bench|csrc|examples|fastsplit|tests)/[\w./-]*|\.ci/run)`")
NOT_THERE = {"tests/dask"}  # docs/internals.md says why
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)#?([\w-]*)\)")


def pages():
    for page, blocks in EXECUTABLE.items():
        if blocks:
            is_heavy = HEAVY & set().union(*(modules_of(block.text) for block in blocks))
            yield pytest.param(page, marks=[pytest.mark.slow] if is_heavy else [])


@pytest.mark.parametrize("page", [*pages()])
def test_blocks_of_python_run_one_after_the_other(page):
    blocks = EXECUTABLE[page]
    for module in sorted(set().union(*(missing(block.text) for block in blocks)) - ENGINES - {"java"}):
        pytest.importorskip(module)
    left_out = run(page).left_out
    if len(left_out) == len(blocks):
        pytest.skip("none of its engines is installed")
    assert bool(left_out) == any(missing(block.text) for block in blocks)


@pytest.mark.parametrize("page", [*ELSEWHERE])
def test_blocks_that_are_pieces_are_run_by_another_test(page):
    assert blocks_of(page, "python")
    test = ROOT / ELSEWHERE[page]
    assert page.rpartition("/")[2] in test.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [*PAGES])
def test_outputs_follow_what_prints_them(page):
    """An output is compared with what the blocks before it print, so it must not stand before them all."""
    languages = [block.language for block in blocks_of(page, "python", "output")]
    assert all(before == "python" for before, after in pairwise(languages) if after == "output")
    assert languages[:1] != ["output"]


@pytest.mark.parametrize("page", [*PAGES])
def test_links_and_paths_resolve(page):
    text = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    for target, anchor in LINK.findall(text):
        file = (PAGES[page].parent / target).resolve() if target else PAGES[page]
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings], anchor
    for path in set(PATH.findall(text)) - NOT_THERE:
        assert (ROOT / path).exists(), path


def test_every_page_is_in_a_table_of_contents():
    listed = {"index"}
    for page, path in PAGES.items():
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL):
            names = [line for line in tree.splitlines() if line and not line.startswith(":")]
            listed |= {(path.parent / name).relative_to(DOCS).as_posix() for name in names}
    assert listed == set(PAGES)


def test_every_public_name_is_in_the_reference():
    """The modules of a package list their own names to Sphinx, by __all__."""
    pages = "\n".join(text_of(page) for page in PAGES if page.startswith("reference/"))
    listed = re.findall(r"^\.\. auto(?:function|class):: (\w+)$", pages, re.MULTILINE)
    assert sorted(listed) == sorted([*fastsplit.__all__, *report.__all__])
    modules = re.findall(r"^\.\. automodule:: fastsplit\.(\w+)$", pages, re.MULTILINE)
    assert {*modules, "__doc__", "__version__", *fastsplit.__all__} == set(dir(fastsplit))
    pytest.importorskip("sklearn")
    own = set(fastsplit.model_selection.__all__) & set(vars(fastsplit.model_selection))  # others are scikit-learn's
    (members,) = re.findall(r":members: (Str.*?)\n```", pages, re.DOTALL)
    assert sorted(re.split(r",\s+", members)) == sorted(own)


def test_what_is_left_out_is_an_engine():
    assert not is_there("a_package_that_nobody_has")
    assert missing("import numpy, json, a_package_that_nobody_has.part") == {"a_package_that_nobody_has"}
    assert modules_of("from fastsplit import tfdata") == {"fastsplit", "tensorflow"}
