"""The program's random draws, repeated: its generator (Sources/SplitMaskCore/SeededGenerator.swift), and what tasks draw from it.

xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64 from seed, epoch, index and purpose. `below` and `unit`
are Swift's `Int.random` and `Double.random` of such a generator.
"""

import math

MASK64 = (1 << 64) - 1
PURPOSES = {"order": 1, "mask": 3, "stochasticDepth": 6, "mixing": 32}


class Generator:
    def __init__(self, seed, epoch, index, purpose):
        self.key = seed
        for part in (epoch, index, PURPOSES[purpose]):
            self.key = self.split_mix() ^ part
        self.state = [self.split_mix() for _ in range(4)]

    def split_mix(self):
        self.key = (self.key + 0x9E3779B97F4A7C15) & MASK64
        z = self.key
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK64
        return z ^ (z >> 31)

    def next(self):
        def rotate(x, count):
            return (x << count | x >> (64 - count)) & MASK64

        s = self.state
        result = rotate(s[1] * 5 & MASK64, 7) * 9 & MASK64
        shifted = s[1] << 17 & MASK64
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)
        return result

    def below(self, count):
        product = self.next() * count
        while product & MASK64 < (MASK64 + 1 - count) % count:
            product = self.next() * count
        return product >> 64

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def unit(self):
        return (self.next() & (1 << 53) - 1) * 2.0**-53

    def closed(self, bound):
        """In -bound ... bound, both ends included."""
        parts = 1 << 53
        product = self.next() * (parts + 1)
        while product & MASK64 < (MASK64 + 1 - parts - 1) % (parts + 1):
            product = self.next() * (parts + 1)
        draw = product >> 64
        return bound if draw == parts else 2 * bound * (draw * 2.0**-53) - bound

    def sample(self, items, count):
        rest = list(items)
        for place in range(count):
            other = place + self.below(len(rest) - place)
            rest[place], rest[other] = rest[other], rest[place]
        return rest[:count]

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())

    def gamma(self, shape):
        """Marsaglia and Tsang (2000)."""
        if shape < 1:
            boost = (1 - self.uniform()) ** (1 / shape)
            return self.gamma(shape + 1) * boost
        offset = shape - 1 / 3
        scale = 1 / math.sqrt(9 * offset)
        while True:
            deviate = self.normal()
            root = 1 + scale * deviate
            if root <= 0:
                continue
            cube = root**3
            if math.log(1 - self.uniform()) < 0.5 * deviate**2 + offset - offset * cube + offset * math.log(cube):
                return offset * cube

    def beta(self, alpha):
        first = self.gamma(alpha)
        return first / (first + self.gamma(alpha))


def rounded(x):
    return math.floor(x + 0.5)


def epoch_order(seed, epoch, count):
    generator, order = Generator(seed, epoch, 0, "order"), list(range(count))
    for last in range(count - 1, 0, -1):
        other = generator.below(last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def uniform_mask(generator, patch_count, seen):
    """MAE's: the patches that are seen, ascending."""
    return sorted(generator.sample(range(patch_count), seen))


def blocks(generator, rows, columns, count):
    """BEiT's rectangles until `count` patches are covered or ten attempts in a row fail: the patches they cover."""
    scale = rows * columns / 196
    smallest = max(1, rounded(16 * scale))
    largest = max(smallest, rounded(75 * scale))
    covered = set()
    while len(covered) < count:
        limit = min(count - len(covered), largest)
        for _ in range(10):
            area = smallest + (limit - smallest) * generator.unit()
            aspect = math.exp(generator.closed(-math.log(0.3)))
            height, width = rounded(math.sqrt(area * aspect)), rounded(math.sqrt(area / aspect))
            if height >= rows or width >= columns:
                continue
            top, left = generator.below(rows - height + 1), generator.below(columns - width + 1)
            added = {row * columns + column for row in range(top, top + height) for column in range(left, left + width)} - covered
            if 0 < len(added) <= limit:
                covered |= added
                break
        else:
            break
    return covered


def halves(generator, rows, columns):
    """SplitMask's two subsets of half the patches each: the complement of rectangles that are topped up, and these."""
    count = rows * columns // 2
    covered = blocks(generator, rows, columns, count)
    free = [patch for patch in range(rows * columns) if patch not in covered]
    covered |= set(generator.sample(free, count - len(covered)))
    return [patch for patch in range(rows * columns) if patch not in covered], sorted(covered)


def stochastic_depth(generator, rate, depth, sequences):
    """`[depth][2][sequences]` factors of the residual branches: 0, or 1 over the share that is kept."""
    factors = []
    for block in range(depth):
        keep = 1 - rate * block / max(1, depth - 1)
        factors.append([[1 / keep if generator.unit() < keep else 0.0 for _ in range(sequences)] for _ in range(2)])
    return factors


def mixing(generator, height, width, mixup=0.8, cutmix=1.0):
    """What happens to a batch: the images' own share, and the box `(top, bottom, left, right)` of their partners or None."""
    generator.uniform()  # whether a batch is mixed at all; it always is
    cuts = generator.uniform() < 0.5
    share = generator.beta(cutmix if cuts else mixup)
    if not cuts:
        return share, None
    row, column, ratio = generator.below(height), generator.below(width), math.sqrt(1 - share)
    edges = []
    for centre, size in ((row, height), (column, width)):
        length = int(size * ratio)
        edges += [max(centre - length // 2, 0), min(centre + (length + 1) // 2, size)]
    top, bottom, left, right = edges
    return 1 - (bottom - top) * (right - left) / (height * width), (top, bottom, left, right)
