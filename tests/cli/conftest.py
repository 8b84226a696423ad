import numpy as np
import pytest

pytest.register_assert_rewrite("common_cli")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def old(here, capsys):
    """A folder with labels and a finished split of them, and the contents of both."""
    from common_cli import contents, split

    np.save("l.npy", np.arange(1000) % 7)
    assert split("l.npy", seed=1) == 0
    capsys.readouterr()
    return contents(here)
