import pytest

pytest.register_assert_rewrite("common_columns", "common_readers", "common_text")
