"""What the repository says of itself agrees: versions, Pythons, addresses; and its YAML can be read."""

import re
from pathlib import Path

import pytest

import fastsplit

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
REPOSITORY = "https://github.com/fastsplit/fastsplit"
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|work)/|\b[A-Z]:\\Users")
YAML = [*sorted(GITHUB.glob("**/*.yml")), ROOT / "CITATION.cff", ROOT / ".pre-commit-config.yaml"]
PAGES = [
    ROOT / name for name in ("CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "README.md", "SECURITY.md", "pyproject.toml")
]
has_github = pytest.mark.skipif(not GITHUB.exists(), reason="an sdist has no workflows")


def read(path):
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project():
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        tomllib = pytest.importorskip("tomli")
    return tomllib.loads(read(ROOT / "pyproject.toml"))


def names(paths):
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_the_citation_has_the_version_of_the_package():
    assert re.findall(r"^version: (.+)$", read(ROOT / "CITATION.cff"), re.MULTILINE) == [fastsplit.__version__]


def test_wheels_are_built_for_the_pythons_of_the_classifiers(project):
    classifiers = project["project"]["classifiers"]
    prefix = "Programming Language :: Python :: "
    versions = [c.removeprefix(prefix) for c in classifiers if re.fullmatch(prefix + r"3\.\d+", c)]
    built = project["tool"]["cibuildwheel"]["build"]
    assert [f"cp{version.replace('.', '')}-*" for version in versions] == [b for b in built if not b.endswith("t-*")]
    assert project["project"]["requires-python"] == f">={versions[0]}"
    is_free_threaded = any(c.startswith(prefix + "Free Threading") for c in classifiers)
    assert is_free_threaded == any(b.endswith("t-*") for b in built)
    assert is_free_threaded == ('"freethreading_compatible": True' in read(ROOT / "setup.py"))


@has_github
def test_workflows_test_the_oldest_and_the_newest_python_that_wheels_are_built_for(project):
    built = project["tool"]["cibuildwheel"]["build"]
    first, *_, last, free_threaded = (f"{b[2]}.{b[3:-2]}" for b in built)
    (tested,) = re.findall(r"python: (\[.+\])", read(GITHUB / "workflows/tests.yml"))
    assert tested == f'["{first}", "{last}", "{free_threaded}"]'


@has_github
def test_every_file_that_github_reads_is_there():
    forms = ["bug.yml", "config.yml", "feature.yml"]
    workflows = ["docs.yml", "release.yml", "tests.yml", "wheels.yml"]
    assert set(names(GITHUB.rglob("*.*"))) >= {
        *(f".github/ISSUE_TEMPLATE/{name}" for name in forms),
        *(f".github/workflows/{name}" for name in workflows),
        ".github/pull_request_template.md",
    }


@pytest.mark.parametrize("path", YAML, ids=names(YAML))
def test_yaml_can_be_read(path):
    if not path.exists():
        pytest.skip("not in an sdist")
    text = read(path)
    assert "\t" not in text
    yaml = pytest.importorskip("yaml")
    assert isinstance(yaml.safe_load(text), dict)


@pytest.mark.parametrize("path", [*YAML, *PAGES], ids=names([*YAML, *PAGES]))
def test_no_page_names_a_path_of_a_machine_or_another_repository(path):
    if not path.exists():
        pytest.skip("not in an sdist")
    text = read(path)
    assert not MACHINE_PATH.search(text)
    own = re.findall(r"https://github\.com/[\w-]*fastsplit[\w./-]*", text)
    assert all(address.startswith(REPOSITORY) for address in own)


def test_addresses_point_into_the_repository(project):
    urls = project["project"]["urls"]
    assert urls["Homepage"] == REPOSITORY
    for url in urls.values():
        assert url.startswith(REPOSITORY)
        if "/main/" in url:
            assert (ROOT / url.partition("/main/")[2]).exists()


@pytest.mark.parametrize("path", ["CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_between_pages_resolve(path):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", read(ROOT / path)):
        assert (ROOT / target).exists(), target


def test_an_sdist_has_every_page_of_the_root():
    manifest = read(ROOT / "MANIFEST.in").split()
    for page in ("CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "SECURITY.md"):
        assert page in manifest
        assert (ROOT / page).exists()
