// Separable antialiased resampling with PIL's results: weights of 22 fractional bits, 8 bits between the passes, and
// Pillow 13's choice of the first pass. A weight is kept as two 16-bit halves, weight = high * 2^11 + low, so that one multiply-add instruction
// serves two taps and the sum stays exact.
#include "internal.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { WEIGHT_BITS = 22, LOW_BITS = 11, GROUP = 4, CHANNELS = 3, ROWS = 4 };

// Four taps, in the order a vector register wants them.
typedef struct {
  int16_t high[GROUP], low[GROUP];
} tap_group;

typedef struct {
  cic_tap_span *spans;  // the last group of each is filled up with zeros
  tap_group *groups;  // `stride` groups per output
  int32_t stride;
} tap_table;

// --- Weights -------------------------------------------------------------------------------------------------------

static void store_taps(tap_group *groups, const double *weights, int32_t count, int32_t stride) {
  memset(groups, 0, (size_t)stride * sizeof *groups);
  for (int32_t i = 0; i < count; i++) {
    const double weight = weights[i] * (1 << WEIGHT_BITS);
    const int32_t fixed = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    groups[i / GROUP].high[i % GROUP] = (int16_t)(fixed >> LOW_BITS);
    groups[i / GROUP].low[i % GROUP] = (int16_t)(fixed & ((1 << LOW_BITS) - 1));
  }
}

static bool make_table(cic_buffer *buffer, const cic_axis *axis, cic_filter filter, tap_table *table) {
  const cic_axis_scale scale = cic_scale_of(axis, filter);
  const int32_t most = cic_most_taps(scale);
  const size_t outputs = (size_t)axis->window_size;
  table->stride = (most + GROUP - 1) / GROUP;
  const size_t group_bytes = outputs * (size_t)table->stride * sizeof(tap_group);
  const size_t span_bytes = outputs * sizeof(cic_tap_span);
  if (!cic_reserve(buffer, group_bytes + span_bytes + (size_t)most * sizeof(double) + 16)) return false;
  table->groups = (tap_group *)buffer->bytes;
  table->spans = (cic_tap_span *)(buffer->bytes + group_bytes);
  double *weights = (double *)(buffer->bytes + group_bytes + (span_bytes + 7) / 8 * 8);
  for (int32_t i = 0; i < axis->window_size; i++) {
    const cic_tap_span span = cic_weigh_taps(axis, scale, filter, axis->window_start + i, weights);
    table->spans[i] = span;
    store_taps(table->groups + (size_t)i * (size_t)table->stride, weights, span.count, table->stride);
  }
  return true;
}

// --- One line, portable --------------------------------------------------------------------------------------------

static inline int32_t weight_at(const tap_group *groups, int32_t tap) {
  const tap_group *group = groups + tap / GROUP;
  return group->high[tap % GROUP] * (1 << LOW_BITS) + group->low[tap % GROUP];
}

static inline uint8_t to_byte(int32_t sum) {
  const int32_t value = sum >> WEIGHT_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

// `in` is source position 0. Outputs are written from left to right, mirrored where `flip`.
static void horizontal_portable(const uint8_t *in, const tap_table *table, int32_t width, bool flip, uint8_t *out) {
  for (int32_t x = 0; x < width; x++, out += CHANNELS) {
    const int32_t i = flip ? width - 1 - x : x;
    const tap_group *groups = table->groups + (size_t)i * (size_t)table->stride;
    const uint8_t *pixel = in + (ptrdiff_t)table->spans[i].first * CHANNELS;
    int32_t sum[CHANNELS] = {1 << (WEIGHT_BITS - 1), 1 << (WEIGHT_BITS - 1), 1 << (WEIGHT_BITS - 1)};
    for (int32_t tap = 0; tap < table->spans[i].count; tap++, pixel += CHANNELS) {
      const int32_t weight = weight_at(groups, tap);
      for (int c = 0; c < CHANNELS; c++) sum[c] += pixel[c] * weight;
    }
    for (int c = 0; c < CHANNELS; c++) out[c] = to_byte(sum[c]);
  }
}

// `in` is the row of the first tap.
static void vertical_portable(const uint8_t *in, size_t stride, const tap_group *groups, int32_t taps, int32_t from,
                              int32_t to, uint8_t *out) {
  enum { BLOCK = 64 };
  for (int32_t start = from; start < to; start += BLOCK) {
    const int32_t count = to - start < BLOCK ? to - start : BLOCK;
    int32_t sums[BLOCK];
    for (int32_t i = 0; i < count; i++) sums[i] = 1 << (WEIGHT_BITS - 1);
    for (int32_t tap = 0; tap < taps; tap++) {
      const int32_t weight = weight_at(groups, tap);
      const uint8_t *row = in + (size_t)tap * stride + start;
      for (int32_t i = 0; i < count; i++) sums[i] += row[i] * weight;
    }
    for (int32_t i = 0; i < count; i++) out[start + i] = to_byte(sums[i]);
  }
}

// --- One line, AVX2 ------------------------------------------------------------------------------------------------

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))

// Four taps of one row, added to the sums of the weights' upper and lower halves.
AVX2 static inline void add_taps(const uint8_t *pixels, __m256i spread, __m256i high, __m256i low, __m256i sums[2]) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)pixels);
  const __m256i words = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), spread);
  sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(words, high));
  sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(words, low));
}

AVX2 static inline __m256i joined(const __m256i sums[2]) {
  return _mm256_add_epi32(_mm256_slli_epi32(sums[0], LOW_BITS), sums[1]);
}

// The rounded pixels of two rows, one in each half.
AVX2 static inline __m256i finished(const __m256i first[2], const __m256i second[2]) {
  const __m256i a = joined(first), b = joined(second);
  const __m256i sum = _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31));
  return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (WEIGHT_BITS - 1))), WEIGHT_BITS);
}

// ROWS source rows at once, so that the weights are loaded once for all. Reads up to 16 bytes past the last tap.
AVX2 static void horizontal_avx2(const uint8_t *const in[ROWS], const tap_table *table, int32_t width, bool flip,
                                 uint8_t *const out[ROWS]) {
  // Lower half: taps 0 and 1 of red, green, blue as 16-bit pairs; upper half: taps 2 and 3.
  const __m256i spread = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                          6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i pick_high = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
  const __m256i pick_low = _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3);
  const uint8_t *const in0 = in[0], *const in1 = in[1], *const in2 = in[2], *const in3 = in[3];
  uint8_t *out0 = out[0], *out1 = out[1], *out2 = out[2], *out3 = out[3];
  const cic_tap_span *const spans = table->spans;
  const tap_group *const groups = table->groups;
  const size_t stride = (size_t)table->stride;
  for (int32_t x = 0; x < width; x++) {
    const int32_t i = flip ? width - 1 - x : x;
    const tap_group *group = groups + (size_t)i * stride;
    ptrdiff_t at = (ptrdiff_t)spans[i].first * CHANNELS;
    const ptrdiff_t end = at + (ptrdiff_t)spans[i].count * CHANNELS;
    const __m256i zero = _mm256_setzero_si256();
    __m256i sums0[2] = {zero, zero}, sums1[2] = {zero, zero}, sums2[2] = {zero, zero}, sums3[2] = {zero, zero};
    for (; at < end; at += GROUP * CHANNELS, group++) {
      const __m256i weights = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)group));
      const __m256i high = _mm256_permutevar8x32_epi32(weights, pick_high);
      const __m256i low = _mm256_permutevar8x32_epi32(weights, pick_low);
      add_taps(in0 + at, spread, high, low, sums0);
      add_taps(in1 + at, spread, high, low, sums1);
      add_taps(in2 + at, spread, high, low, sums2);
      add_taps(in3 + at, spread, high, low, sums3);
    }
    const __m256i words = _mm256_packs_epi32(finished(sums0, sums1), finished(sums2, sums3));
    const __m256i bytes = _mm256_packus_epi16(words, words);
    const int64_t even = _mm256_extract_epi64(bytes, 0), odd = _mm256_extract_epi64(bytes, 2);
    const int32_t pixels[ROWS] = {(int32_t)even, (int32_t)odd, (int32_t)(even >> 32), (int32_t)(odd >> 32)};
    // One store each: the next pixel overwrites the fourth byte. The last pixel has no next one.
    if (x + 1 < width) {
      memcpy(out0, &pixels[0], 4), memcpy(out1, &pixels[1], 4), memcpy(out2, &pixels[2], 4), memcpy(out3, &pixels[3], 4);
    } else {
      memcpy(out0, &pixels[0], 3), memcpy(out1, &pixels[1], 3), memcpy(out2, &pixels[2], 3), memcpy(out3, &pixels[3], 3);
    }
    out0 += CHANNELS, out1 += CHANNELS, out2 += CHANNELS, out3 += CHANNELS;
  }
}

// 16 bytes of one output row.
AVX2 static inline __m128i vertical_block(const uint8_t *in, size_t stride, const tap_group *groups, int32_t taps) {
  const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
  __m256i high0 = zero, high1 = zero, low0 = half, low1 = half;
  for (int32_t tap = 0; tap < taps; tap += 2) {
    const tap_group *group = groups + tap / GROUP;
    int32_t high_pair, low_pair;
    memcpy(&high_pair, group->high + tap % GROUP, 4);
    memcpy(&low_pair, group->low + tap % GROUP, 4);
    const __m256i high = _mm256_set1_epi32(high_pair), low = _mm256_set1_epi32(low_pair);
    const uint8_t *row = in + (size_t)tap * stride;
    const __m128i a = _mm_loadu_si128((const __m128i *)row);
    // An odd last tap has no partner row; its weight is zero, so any readable row does.
    const __m128i b = _mm_loadu_si128((const __m128i *)(tap + 1 < taps ? row + stride : row));
    const __m256i near = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
    const __m256i far = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
    high0 = _mm256_add_epi32(high0, _mm256_madd_epi16(near, high));
    low0 = _mm256_add_epi32(low0, _mm256_madd_epi16(near, low));
    high1 = _mm256_add_epi32(high1, _mm256_madd_epi16(far, high));
    low1 = _mm256_add_epi32(low1, _mm256_madd_epi16(far, low));
  }
  const __m256i sum0 = _mm256_srai_epi32(_mm256_add_epi32(_mm256_slli_epi32(high0, LOW_BITS), low0), WEIGHT_BITS);
  const __m256i sum1 = _mm256_srai_epi32(_mm256_add_epi32(_mm256_slli_epi32(high1, LOW_BITS), low1), WEIGHT_BITS);
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(sum0, sum1), 0xD8);
  return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

AVX2 static void vertical_avx2(const uint8_t *in, size_t stride, const tap_group *groups, int32_t taps, int32_t count,
                               uint8_t *out) {
  int32_t x = 0;
  for (; x + 16 <= count; x += 16)
    _mm_storeu_si128((__m128i *)(out + x), vertical_block(in + x, stride, groups, taps));
  if (x < count) vertical_portable(in, stride, groups, taps, x, count, out);
}

static bool has_avx2(void) { return __builtin_cpu_supports("avx2"); }

#else

static bool has_avx2(void) { return false; }

#endif

// --- Passes --------------------------------------------------------------------------------------------------------

// Rows of bytes between the passes. `x`, `y` are the axis positions of the first pixel.
typedef struct {
  const uint8_t *bytes;
  size_t stride;
  const uint8_t *readable_end;
  int32_t x, y, width, height;
} plane;

// Row `row` such that 16 bytes past its end may be read. The last rows of foreign memory are copied for that to `line`,
// which has room for as many as are read at a time.
static const uint8_t *readable_row(cic_scratch *scratch, const plane *in, int32_t row) {
  const size_t count = (size_t)in->width * CHANNELS;
  const uint8_t *start = in->bytes + (size_t)row * in->stride;
  if ((size_t)(in->readable_end - start) >= count + 16) return start;
  uint8_t *line = scratch->line.bytes + (size_t)(row % ROWS) * (count + CIC_PADDING);
  memcpy(line, start, count);
  return line;
}

static void horizontal_pass(cic_scratch *scratch, const plane *in, const tap_table *table, int32_t width, bool flip,
                            uint8_t *out, size_t out_stride) {
  // The taps count from axis position 0.
  const ptrdiff_t origin = (ptrdiff_t)in->x * CHANNELS;
  int32_t row = 0;
#if defined(__x86_64__)
  if (has_avx2()) {
    for (; row < in->height; row += ROWS) {
      const uint8_t *sources[ROWS];
      uint8_t *results[ROWS];
      for (int32_t i = 0; i < ROWS; i++) {
        // Past the end the last row is made again.
        const int32_t at = row + i < in->height ? row + i : in->height - 1;
        sources[i] = readable_row(scratch, in, at) - origin;
        results[i] = out + (size_t)at * out_stride;
      }
      horizontal_avx2(sources, table, width, flip, results);
    }
    return;
  }
#endif
  for (; row < in->height; row++, out += out_stride)
    horizontal_portable(readable_row(scratch, in, row) - origin, table, width, flip, out);
}

static void vertical_pass(const plane *in, const tap_table *table, int32_t height, uint8_t *out, size_t out_stride) {
  const int32_t count = in->width * CHANNELS;
  for (int32_t y = 0; y < height; y++, out += out_stride) {
    const cic_tap_span span = table->spans[y];
    const tap_group *groups = table->groups + (size_t)y * (size_t)table->stride;
    const uint8_t *first = in->bytes + (size_t)(span.first - in->y) * in->stride;
#if defined(__x86_64__)
    if (has_avx2()) {
      vertical_avx2(first, in->stride, groups, span.count, count, out);
      continue;
    }
#endif
    vertical_portable(first, in->stride, groups, span.count, 0, count, out);
  }
}

// The part of the pixels that the windows need.
static plane source_of(const cic_pixels *pixels, const cic_axis *horizontal, const cic_axis *vertical,
                       cic_filter filter) {
  int32_t left, right, top, bottom;
  cic_axis_extent(horizontal, filter, &left, &right);
  cic_axis_extent(vertical, filter, &top, &bottom);
  const uint8_t *first = pixels->pixels + (size_t)(top - pixels->y) * pixels->stride;
  return (plane){first + (size_t)(left - pixels->x) * CHANNELS, pixels->stride, pixels->readable_end, left, top,
                 right - left, bottom - top};
}

// From Pillow 13 on, the vertical pass comes first where it takes away more than twice as many rows as the horizontal
// one takes columns. The order shows, by clipping and rounding between the passes.
static bool is_vertical_first(const cic_axis *horizontal, const cic_axis *vertical) {
  const int32_t rows = vertical->high - vertical->low - vertical->size;
  const int32_t columns = horizontal->high - horizontal->low - horizontal->size;
  return rows > 0 && rows > 2 * columns;
}

cic_status cic_resample(cic_scratch *scratch, const cic_pixels *pixels, const cic_axis *horizontal,
                        const cic_axis *vertical, cic_filter filter, bool flip, uint8_t *destination) {
  const int32_t width = horizontal->window_size, height = vertical->window_size;
  const size_t out_stride = (size_t)width * CHANNELS;
  const plane source = source_of(pixels, horizontal, vertical, filter);
  const bool vertical_first = is_vertical_first(horizontal, vertical);
  plane between = source;
  if (vertical_first) {
    between.y = vertical->window_start, between.height = height;
  } else {
    between.x = horizontal->window_start, between.width = width;
  }
  between.stride = ((size_t)between.width * CHANNELS + 15) & ~(size_t)15;
  const size_t size = between.stride * (size_t)between.height;
  tap_table columns, rows;
  if (!make_table(&scratch->taps[0], horizontal, filter, &columns) ||
      !make_table(&scratch->taps[1], vertical, filter, &rows) || !cic_reserve(&scratch->intermediate, size) ||
      !cic_reserve(&scratch->line, ROWS * ((size_t)source.width * CHANNELS + CIC_PADDING)))
    return CIC_OUT_OF_MEMORY;
  uint8_t *intermediate = scratch->intermediate.bytes;
  between.bytes = intermediate;
  between.readable_end = intermediate + size + CIC_PADDING;
  if (vertical_first) {
    vertical_pass(&source, &rows, height, intermediate, between.stride);
    horizontal_pass(scratch, &between, &columns, width, flip, destination, out_stride);
  } else {
    horizontal_pass(scratch, &source, &columns, width, flip, intermediate, between.stride);
    vertical_pass(&between, &rows, height, destination, out_stride);
  }
  return CIC_OK;
}
