"""import fastsplit: imports nothing optional, and says what to do if the kernels are not built."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fastsplit

pytestmark = pytest.mark.no_sanitizer  # in interpreters of their own


def test_importing_imports_nothing_optional(tmp_path):
    command = [sys.executable, "-c", "import sys, fastsplit; print(*sys.modules)"]
    modules = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.split()
    optional = {"tensorflow", "pandas", "pyarrow", "tqdm", "matplotlib", "scipy", "sklearn", "fastsplit.report"}
    assert not optional & set(modules)


def test_without_the_kernels_the_error_says_what_to_do(tmp_path):
    """As when Python is started in a source checkout."""
    sources = Path(fastsplit.__file__).parent
    shutil.copytree(sources, tmp_path / "fastsplit", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    # The finder of an editable installation would find the kernels all the same.
    code = "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'ditable' not in str(f)]; import fastsplit"
    failed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "ImportError: the compiled kernels of fastsplit are not in" in failed.stderr
    assert "pip install -e ." in failed.stderr
