import pytest

pytest.register_assert_rewrite("common_readers", "common_sources")
