"""Arrow arrays, and containers that export them -> labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastsplit.inputs.labels.base import Labels, check_missing, coded, decoded, recoded, type_error
from fastsplit.inputs.labels.numpy import read_array
from fastsplit.inputs.options import described


def exported(labels: Any) -> Any:
    """Return what a container exports by Arrow's C interface; None if it exports nothing or pyarrow is missing."""
    stream = hasattr(labels, "__arrow_c_stream__")
    if not stream and not hasattr(labels, "__arrow_c_array__"):
        return None
    try:
        import pyarrow as pa
    except ImportError:
        return None
    return pa.chunked_array(labels) if stream else pa.array(labels)


def read_arrow(labels: Any, what: str) -> Labels:
    """Return labels from an Array or a ChunkedArray of any type that holds labels."""
    import pyarrow as pa

    if not isinstance(labels, pa.Array | pa.ChunkedArray):
        raise TypeError(f"{what} must be a one-dimensional array, got {described(labels)}")
    labels = _joined(labels)
    if isinstance(labels, pa.ExtensionArray):
        return read_arrow(labels.storage, what)
    kind, is_a = labels.type, pa.types
    if is_a.is_run_end_encoded(kind):
        from pyarrow import compute

        return read_arrow(compute.run_end_decode(labels), what)
    if labels.null_count:
        check_missing(labels.is_null().to_numpy(zero_copy_only=False), what)
    if isinstance(labels, pa.DictionaryArray):
        try:
            categories = read_arrow(labels.dictionary, what)
        except (TypeError, ValueError):  # of an entry that no label may refer to; otherwise, say which label does
            return read_arrow(labels.dictionary_decode(), what)
        return recoded(labels.indices.to_numpy(zero_copy_only=False), categories)
    if is_a.is_integer(kind) or is_a.is_boolean(kind) or is_a.is_floating(kind):
        return read_array(labels.to_numpy(zero_copy_only=False), what)
    if is_a.is_null(kind):  # and empty
        return Labels(np.empty(0, dtype=np.intp))
    if is_a.is_large_string(kind) or is_a.is_large_binary(kind):
        encoded = labels.dictionary_encode()
        codes, names = encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist()
        return coded(codes, names) if is_a.is_large_string(kind) else decoded(codes, names, what)
    hint = "; pass one of its columns" if is_a.is_struct(kind) else ""
    raise type_error(what, f"the Arrow type {kind}{hint}")


def _joined(labels: Any) -> Any:
    """Return one array, in which strings and bytes have offsets of 64 bits."""
    import pyarrow as pa

    plain = _plain_type(labels.type)
    try:
        labels = labels if plain is None else labels.cast(plain)
        if not isinstance(labels, pa.ChunkedArray):
            return labels
        return pa.concat_arrays(labels.unify_dictionaries().chunks) if labels.num_chunks else labels.combine_chunks()
    except pa.ArrowNotImplementedError:  # for views and for dictionaries of some types, by the version of pyarrow
        values = getattr(labels.type, "value_type", labels.type)
        return pa.array(labels.to_pylist(), _plain_type(values) or values)


def _plain_type(kind: Any) -> Any:
    """Return the type with offsets of 64 bits if a type is one of strings or bytes, else None."""
    import pyarrow as pa

    name = str(kind)
    if name in ("string", "large_string", "string_view"):
        return pa.large_string()
    return pa.large_binary() if name in ("binary", "large_binary", "binary_view") or _fixed(kind) else None


def _fixed(kind: Any) -> bool:
    """Return whether a type is that of bytes of one length."""
    import pyarrow as pa

    return bool(pa.types.is_fixed_size_binary(kind)) and not pa.types.is_decimal(kind)
