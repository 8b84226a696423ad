"""A pytest plugin: scikit-learn's own tests, with the splitters of fastsplit under scikit-learn's names.

    cd EMPTY_FOLDER && PYTHONPATH=.../tests/oracle python -m pytest -p scikit_learn --splitters shallow \
        --pyargs sklearn.model_selection.tests.test_split

``shallow`` replaces the names in ``sklearn.model_selection``, from where tests import them; ``deep`` also in
``sklearn.model_selection._split``, so that ``cv=5`` of scikit-learn's searches and estimators means ours; ``none``
replaces nothing, to see what fails without fastsplit. The run fails if a file of tests has not a single test in which
fastsplit made the indices, or, with all of ``test_split``, if one of the four splitters has made none.
"""

import functools
from collections import Counter

import pytest

NAMES = (
    "RepeatedStratifiedKFold",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "check_cv",
    "train_test_split",
)
MAKERS = {  # what makes indices, where it is looked up
    "StratifiedKFold": ("kfold", "dealt"),
    "StratifiedShuffleSplit": ("shuffle_split", "_drawn"),
    "StratifiedGroupKFold": ("group_kfold", "greedy_folds"),
}
calls = Counter()
tests = Counter()  # by file
touched = Counter()


def pytest_addoption(parser):
    parser.addoption("--splitters", choices=["none", "shallow", "deep"], default="shallow")


def pytest_configure(config):
    depth = config.getoption("--splitters")
    if depth == "none":
        return
    import sklearn.model_selection as theirs
    import sklearn.model_selection._split as inner

    import fastsplit.model_selection as ours

    for splitter, (module, name) in MAKERS.items():
        module = getattr(ours, module)
        setattr(module, name, counted(splitter, getattr(module, name)))
    for name in NAMES:
        for namespace in [theirs, inner] if depth == "deep" else [theirs]:
            setattr(namespace, name, getattr(ours, name))


def counted(splitter, make):
    @functools.wraps(make)
    def counting(*args, **options):
        calls[splitter] += 1
        return make(*args, **options)

    return counting


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    before = calls.total()
    try:
        return (yield)
    finally:
        tests[item.path.name] += 1
        touched[item.path.name] += calls.total() > before


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    if session.config.getoption("--splitters") == "none":
        return
    untouched = not tests or any(not touched[file] for file in tests)
    if untouched or ("test_split.py" in tests and not all(calls[splitter] for splitter in MAKERS)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    for file, n in tests.items():
        terminalreporter.write_line(f"{file}: fastsplit made the indices in {touched[file]} of {n} tests")
    terminalreporter.write_line(f"calls by splitter: {dict(calls)}")
