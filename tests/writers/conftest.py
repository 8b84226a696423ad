import pytest

pytest.register_assert_rewrite("common_sources")
