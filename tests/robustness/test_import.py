"""import fastsplit: imports nothing optional, and says what to do if the kernels are not built."""

import shutil
from pathlib import Path

import pytest
from common import run_python

import fastsplit

pytestmark = pytest.mark.no_sanitizer  # in interpreters of their own


def test_importing_imports_nothing_optional(tmp_path):
    modules, _ = run_python("-c", "import sys, fastsplit; print(*sys.modules)", cwd=tmp_path)
    optional = {"tensorflow", "pandas", "pyarrow", "tqdm", "matplotlib", "scipy", "sklearn", "fastsplit.report"}
    optional |= {"dask", "distributed", "ray", "pyspark", "fastsplit.dask", "fastsplit.ray", "fastsplit.spark"}
    optional |= {"fastsplit.model_selection", "fastsplit.partials", "fastsplit.tfdata"}
    assert not optional & set(modules.split())


def test_without_the_kernels_the_error_says_what_to_do(tmp_path):
    """As when Python is started in a source checkout."""
    sources = Path(fastsplit.__file__).parent
    shutil.copytree(sources, tmp_path / "fastsplit", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    # The finder of an editable installation would find the kernels all the same.
    code = "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'ditable' not in str(f)]; import fastsplit"
    _, err = run_python("-c", code, code=1, cwd=tmp_path)
    assert "ImportError: the compiled kernels of fastsplit are not in" in err
    assert "pip install -e ." in err
