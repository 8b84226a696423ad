"""Ids whose keys are wherever a test wants them: the key of an id is a bijection of it, for any seed."""

import numpy as np

from fastsplit.engine.seeds import expand_seed

ODD = 0xBEA225F9EB34556D
INVERSE = pow(ODD, -1, 2**64)


def ids_of_keys(keys, seed):
    """Return the ids that have given keys, of which none is 1: keys 0 and 1 cannot be told apart."""
    first, second = (np.uint64(word) for word in expand_seed(seed).split)
    x = unshifted(np.asarray(keys, dtype=np.uint64), 29)
    x = unshifted(x * np.uint64(INVERSE), 32)
    x = unshifted(x * np.uint64(INVERSE), 29)
    x = (x - (first ^ second)) * np.uint64(INVERSE)
    return unshifted(x, 32) - first


def unshifted(y, shift):
    """Return the x of ``y = x ^ x >> shift``, with shift at least 22."""
    x = y ^ y >> np.uint64(shift)
    return x ^ y >> np.uint64(2 * shift) if 2 * shift < 64 else x


def clustered(n, centre, spread):
    """Return n keys next to each other, and some at every distance of a power of two from them."""
    far = [centre + sign * 2**k for k in range(64) for sign in (-1, 1) if k >= n.bit_length()]
    outside = np.array([key for key in far if 1 < key < 2**64] * spread, dtype=np.uint64)
    return np.concatenate([np.arange(centre, centre + n, dtype=np.uint64), outside])
