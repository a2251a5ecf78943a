"""Philox4x32-10 of Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), and the draws made of it.

A draw is addressed by (seed, purpose, index): counter (block, index low, index high, purpose), key (seed low, seed high).
"""
MASK = 0xFFFFFFFF
PURPOSES = {'sampledQueries': 5, 'selectionRandom': 40, 'selectionQueries': 41, 'selectionClusters': 42}
RANDOM_DRAWS = 16  # coverage's sets of the rule `random`; attend takes the first

# Random123's kat_vectors, philox4x32 10: counter, key, words.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((MASK,) * 4, (MASK,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]


def philox4x32(counter, key):
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(right >> 32) ^ c[1] ^ k0, right & MASK, (left >> 32) ^ c[3] ^ k1, left & MASK]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return tuple(c)


def check_known_vectors():
    for counter, key, words in KNOWN:
        assert philox4x32(counter, key) == words, (counter, key)


def uniform(seed, purpose, index, block=0):
    """In (0, 1), one of 2^52 equally spaced: the upper 26 bits of two words, and a half."""
    words = philox4x32((block, index & MASK, index >> 32, PURPOSES[purpose]), (seed & MASK, seed >> 32))
    return ((words[0] >> 6) * 2.0**26 + (words[1] >> 6) + 0.5) * 2.0**-52


def below(end, seed, purpose, index):
    return min(end - 1, int(uniform(seed, purpose, index) * end))


def sample_sorted(count, end, seed, purpose):
    """`count` different whole numbers in [0, end), ascending (Floyd's sampling: Bentley and Floyd, CACM 30(9), 1987)."""
    chosen = set()
    for step in range(count):
        last = end - count + step
        drawn = below(last + 1, seed, purpose, step)
        chosen.add(last if drawn in chosen else drawn)
    return sorted(chosen)
