import pytest

pytest.register_assert_rewrite("common_columns", "common_sources", "common_text")
