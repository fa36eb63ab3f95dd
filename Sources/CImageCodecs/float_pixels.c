// Pixels of any number of float channels: resampling and Gaussian blur, as weighted sums of rows.
//
// Columns are made rows by transposing the pixels, so that one vectorised loop serves both axes and any channel count.
#include "internal.h"

#include <math.h>
#include <string.h>

// The same result on every processor, whether or not it can multiply and add at once.
#pragma STDC FP_CONTRACT OFF

enum { BLOCK = 64 };

// --- Rows ----------------------------------------------------------------------------------------------------------

// The rows that one output row is made of.
typedef struct {
  double *exact;
  float *weights;
  const float **rows;
} weighted_rows;

static bool reserve_rows(cic_buffer *buffer, int32_t most, weighted_rows *taps) {
  const size_t count = (size_t)most;
  if (!cic_reserve(buffer, count * (sizeof(double) + sizeof(const float *) + sizeof(float)))) return false;
  taps->exact = (double *)buffer->bytes;
  taps->rows = (const float **)(taps->exact + count);
  taps->weights = (float *)(taps->rows + count);
  return true;
}

__attribute__((always_inline)) static inline void sum_block(const weighted_rows *taps, int32_t tap_count, size_t start,
                                                            size_t count, float *out) {
  float sums[BLOCK] = {0};
  for (int32_t tap = 0; tap < tap_count; tap++) {
    const float weight = taps->weights[tap], *row = taps->rows[tap] + start;
    for (size_t i = 0; i < count; i++) sums[i] += weight * row[i];
  }
  memcpy(out + start, sums, count * sizeof *sums);
}

CIC_CLONES static void sum_rows(const weighted_rows *taps, int32_t tap_count, size_t count, float *out) {
  size_t start = 0;
  for (; start + BLOCK <= count; start += BLOCK) sum_block(taps, tap_count, start, BLOCK, out);
  if (start < count) sum_block(taps, tap_count, start, count - start, out);
}

__attribute__((always_inline)) static inline void transpose_pixels(const float *in, size_t stride, int32_t width,
                                                                   int32_t height, size_t channels, float *out) {
  enum { TILE = 16 };
  for (int32_t top = 0; top < height; top += TILE) {
    const int32_t bottom = top + TILE < height ? top + TILE : height;
    for (int32_t x = 0; x < width; x++) {
      float *pixel = out + ((size_t)x * (size_t)height + (size_t)top) * channels;
      for (int32_t y = top; y < bottom; y++, pixel += channels)
        for (size_t c = 0; c < channels; c++) pixel[c] = in[(size_t)y * stride + (size_t)x * channels + c];
    }
  }
}

// [height, width, channels], rows `stride` floats apart, to [width, height, channels].
static void transpose(const float *in, size_t stride, int32_t width, int32_t height, size_t channels, float *out) {
  switch (channels) {
  case 1: return transpose_pixels(in, stride, width, height, 1, out);
  case 3: return transpose_pixels(in, stride, width, height, 3, out);
  case 4: return transpose_pixels(in, stride, width, height, 4, out);
  default: return transpose_pixels(in, stride, width, height, channels, out);
  }
}

// --- Resampling ----------------------------------------------------------------------------------------------------

// Rows of `count` floats, `stride` apart; the first is at axis position `first`.
typedef struct {
  const float *values;
  size_t stride, count;
  int32_t first;
} float_rows;

// `out` is tightly packed, its rows in reverse order where `flip`.
static void resample_rows(float_rows in, const cic_axis *axis, cic_filter filter, bool flip, weighted_rows taps,
                          float *out) {
  const cic_axis_scale scale = cic_scale_of(axis, filter);
  const int32_t outputs = axis->window_size;
  for (int32_t i = 0; i < outputs; i++) {
    const cic_tap_span span = cic_weigh_taps(axis, scale, filter, axis->window_start + i, taps.exact);
    for (int32_t tap = 0; tap < span.count; tap++) {
      taps.weights[tap] = (float)taps.exact[tap];
      taps.rows[tap] = in.values + (size_t)(span.first - in.first + tap) * in.stride;
    }
    sum_rows(&taps, span.count, in.count, out + (size_t)(flip ? outputs - 1 - i : i) * in.count);
  }
}

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

cic_status cic_resample_floats(cic_scratch *scratch, const cic_floats *image, const cic_axis *horizontal,
                               const cic_axis *vertical, cic_filter filter, bool flip, float *destination) {
  int32_t left, right, top, bottom;
  cic_axis_extent(horizontal, filter, &left, &right);
  cic_axis_extent(vertical, filter, &top, &bottom);
  const int32_t source_width = right - left, source_height = bottom - top;
  const int32_t width = horizontal->window_size, height = vertical->window_size;
  const size_t channels = (size_t)image->channels, stride = (size_t)image->width * channels;
  const float *source = image->values + (size_t)(top - image->y) * stride + (size_t)(left - image->x) * channels;
  // Columns are transposed twice: fewer rows of them are less work.
  const bool vertical_first = height < source_height;
  const int32_t rows = vertical_first ? height : source_height;
  const size_t plane = (size_t)larger(source_width, width) * (size_t)rows * channels;
  const int32_t most =
      larger(cic_most_taps(cic_scale_of(horizontal, filter)), cic_most_taps(cic_scale_of(vertical, filter)));
  weighted_rows taps;
  if (!reserve_rows(&scratch->taps[0], most, &taps) || !cic_reserve(&scratch->intermediate, 2 * plane * sizeof(float)))
    return CIC_OUT_OF_MEMORY;
  float *a = (float *)scratch->intermediate.bytes, *b = a + plane;
  const size_t source_row = (size_t)source_width * channels, row = (size_t)width * channels;
  const size_t column = (size_t)rows * channels;
  if (vertical_first) {
    resample_rows((float_rows){source, stride, source_row, top}, vertical, filter, false, taps, b);
    transpose(b, source_row, source_width, rows, channels, a);
    resample_rows((float_rows){a, column, column, left}, horizontal, filter, flip, taps, b);
    transpose(b, column, rows, width, channels, destination);
  } else {
    transpose(source, stride, source_width, rows, channels, a);
    resample_rows((float_rows){a, column, column, left}, horizontal, filter, flip, taps, b);
    transpose(b, column, rows, width, channels, a);
    resample_rows((float_rows){a, row, row, top}, vertical, filter, false, taps, destination);
  }
  return CIC_OK;
}

// --- Blur ----------------------------------------------------------------------------------------------------------

// Weights of the samples -reach ... reach.
static void fill_gaussian(float radius, int32_t reach, weighted_rows taps) {
  double sum = 0;
  for (int32_t i = 0; i <= 2 * reach; i++) {
    const double distance = (i - reach) / (double)radius;
    sum += taps.exact[i] = exp(-distance * distance / 2);
  }
  for (int32_t i = 0; i <= 2 * reach; i++) taps.weights[i] = (float)(taps.exact[i] / sum);
}

// Rows outside repeat the first and the last.
static void blur_rows(const float *in, int32_t rows, size_t count, int32_t reach, weighted_rows taps, float *out) {
  for (int32_t y = 0; y < rows; y++) {
    for (int32_t i = 0; i <= 2 * reach; i++) {
      const int32_t at = y + i - reach;
      taps.rows[i] = in + (size_t)(at < 0 ? 0 : at < rows ? at : rows - 1) * count;
    }
    sum_rows(&taps, 2 * reach + 1, count, out + (size_t)y * count);
  }
}

cic_status cic_blur_floats(cic_scratch *scratch, float *pixels, int32_t width, int32_t height, int32_t channels,
                           float radius) {
  if (!(radius > 0) || width <= 0 || height <= 0) return CIC_OK;
  const int32_t reach = (int32_t)ceil(4.0 * radius);
  const size_t plane = (size_t)width * (size_t)height * (size_t)channels;
  weighted_rows taps;
  if (!reserve_rows(&scratch->taps[0], 2 * reach + 1, &taps) ||
      !cic_reserve(&scratch->blurred, 2 * plane * sizeof(float)))
    return CIC_OUT_OF_MEMORY;
  float *a = (float *)scratch->blurred.bytes, *b = a + plane;
  const size_t row = (size_t)width * (size_t)channels, column = (size_t)height * (size_t)channels;
  fill_gaussian(radius, reach, taps);
  transpose(pixels, row, width, height, (size_t)channels, a);
  blur_rows(a, width, column, reach, taps, b);
  transpose(b, column, height, width, (size_t)channels, a);
  blur_rows(a, height, row, reach, taps, pixels);
  return CIC_OK;
}

// --- Values --------------------------------------------------------------------------------------------------------

void cic_channel_means(const float *pixels, size_t count, int32_t channels, float *means) {
  for (int32_t c = 0; c < channels; c++) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += pixels[i * (size_t)channels + (size_t)c];
    means[c] = (float)(sum / (double)count);
  }
}

void cic_scale_channels(float *pixels, size_t count, int32_t channels, float factor, const float *offsets) {
  for (size_t i = 0; i < count; i++, pixels += channels)
    for (int32_t c = 0; c < channels; c++) pixels[c] = pixels[c] * factor + offsets[c];
}
