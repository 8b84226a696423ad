"""What the tests of labels share: labels of two kinds, containers that export by Arrow's C interface, case names."""

WORDS = ["dog", "cat", "dog", "eel", "cat", "dog", "ant", "é"] * 40
INTS = [3, -1, 3, 7, -1, 3, 0, 9] * 40


class Exporter:
    """A column of another library, as those of polars: Arrow's C interface, and no other."""

    def __init__(self, array):
        self.array = array

    def __arrow_c_stream__(self, requested_schema=None):
        return self.array.__arrow_c_stream__(requested_schema)


class ArrayExporter:
    def __init__(self, array):
        self.array = array

    def __arrow_c_array__(self, requested_schema=None):
        return self.array.__arrow_c_array__(requested_schema)


def kind_of(labels):
    """Name a parameter by its type and dtype."""
    return f"{type(labels).__name__}-{getattr(labels, 'dtype', getattr(labels, 'type', ''))}"
