// RandAugment's operations on 8-bit RGB, in place, rounded as PIL rounds them.
#include "internal.h"

#include <math.h>
#include <string.h>

// PIL computes without fused multiply-add, and truncates: a fused sum could fall on the other side of an integer.
#pragma STDC FP_CONTRACT OFF

enum { CHANNELS = 3 };

// --- Tables of one value -------------------------------------------------------------------------------------------

typedef struct {
  uint8_t of[CHANNELS][256];
} tables;

static void look_up(uint8_t *pixels, size_t count, const tables *table) {
  for (size_t i = 0; i < count; i++)
    for (int c = 0; c < CHANNELS; c++) pixels[i * CHANNELS + c] = table->of[c][pixels[i * CHANNELS + c]];
}

CIC_CLONES void cic_invert(uint8_t *pixels, size_t count) {
  for (size_t i = 0; i < count * CHANNELS; i++) pixels[i] = 255 - pixels[i];
}

CIC_CLONES void cic_posterize(uint8_t *pixels, size_t count, int32_t bits) {
  const uint8_t mask = (uint8_t)(0xff00 >> bits);
  for (size_t i = 0; i < count * CHANNELS; i++) pixels[i] &= mask;
}

CIC_CLONES void cic_solarize_add(uint8_t *pixels, size_t count, int32_t addition, int32_t threshold) {
  for (size_t i = 0; i < count * CHANNELS; i++) {
    const int32_t sum = pixels[i] + addition;
    pixels[i] = pixels[i] < threshold ? (uint8_t)(sum > 255 ? 255 : sum) : pixels[i];
  }
}

static void count_values(const uint8_t *pixels, size_t count, uint64_t histogram[CHANNELS][256]) {
  memset(histogram, 0, CHANNELS * 256 * sizeof(uint64_t));
  for (size_t i = 0; i < count; i++)
    for (int c = 0; c < CHANNELS; c++) histogram[c][pixels[i * CHANNELS + c]]++;
}

static void stretch(const uint64_t histogram[256], uint8_t table[256]) {
  int low = 0, high = 255;
  while (low < 255 && histogram[low] == 0) low++;
  while (high > 0 && histogram[high] == 0) high--;
  const double scale = high > low ? 255.0 / (high - low) : 1, offset = high > low ? -low * scale : 0;
  for (int value = 0; value < 256; value++) {
    const int stretched = (int)(value * scale + offset);
    table[value] = (uint8_t)(stretched < 0 ? 0 : stretched > 255 ? 255 : stretched);
  }
}

void cic_auto_contrast(uint8_t *pixels, size_t count) {
  uint64_t histogram[CHANNELS][256];
  tables table;
  count_values(pixels, count, histogram);
  for (int c = 0; c < CHANNELS; c++) stretch(histogram[c], table.of[c]);
  look_up(pixels, count, &table);
}

// Every step's worth of pixels moves the output on by one value; the topmost value in use is left out of the count.
static void level(const uint64_t histogram[256], size_t count, uint8_t table[256]) {
  int high = 255;
  while (high > 0 && histogram[high] == 0) high--;
  const uint64_t step = (count - histogram[high]) / 255;
  uint64_t sum = step / 2;
  for (int value = 0; value < 256; value++) {
    const uint64_t leveled = step ? sum / step : (uint64_t)value;
    table[value] = (uint8_t)(leveled > 255 ? 255 : leveled);
    sum += histogram[value];
  }
}

void cic_equalize(uint8_t *pixels, size_t count) {
  uint64_t histogram[CHANNELS][256];
  tables table;
  if (count == 0) return;
  count_values(pixels, count, histogram);
  for (int c = 0; c < CHANNELS; c++) level(histogram[c], count, table.of[c]);
  look_up(pixels, count, &table);
}

// --- Sharpness -----------------------------------------------------------------------------------------------------

// One row without its ends: a blend of the original with its mean over 3 x 3 pixels, the middle one counted five times.
CIC_CLONES static void sharpen_row(const uint8_t *above, const uint8_t *row, const uint8_t *below, size_t count,
                                   float factor, uint8_t *out) {
  for (size_t i = CHANNELS; i + CHANNELS < count; i++) {
    const int32_t ring = above[i - CHANNELS] + above[i] + above[i + CHANNELS] + row[i - CHANNELS] +
                         row[i + CHANNELS] + below[i - CHANNELS] + below[i] + below[i + CHANNELS];
    const int32_t smooth = (2 * (ring + 5 * row[i]) + 13) / 26;
    const float value = (float)smooth + factor * (float)(row[i] - smooth);
    out[i] = (uint8_t)(int32_t)(value < 0 ? 0 : value > 255 ? 255 : value);
  }
}

cic_status cic_adjust_sharpness(cic_scratch *scratch, uint8_t *pixels, int32_t width, int32_t height, float factor) {
  // PIL leaves the outermost pixels as they are.
  if (factor == 1 || width < 3 || height < 3) return CIC_OK;
  const size_t row = (size_t)width * CHANNELS, size = row * (size_t)height;
  if (!cic_reserve(&scratch->blurred, size)) return CIC_OUT_OF_MEMORY;
  const uint8_t *copy = memcpy(scratch->blurred.bytes, pixels, size);
  for (size_t y = 1; y + 1 < (size_t)height; y++) {
    const uint8_t *middle = copy + y * row;
    sharpen_row(middle - row, middle, middle + row, row, factor, pixels + y * row);
  }
  return CIC_OK;
}

// --- Affine maps ---------------------------------------------------------------------------------------------------

typedef struct {
  const uint8_t *pixels;
  int32_t width, height;
} image;

static inline double cubic(double a, double b, double c, double d, double part) {
  const double first = c - a, second = 2 * (a - b) + c - d, third = b - a - c + d;
  return b + part * (first + part * (second + part * third));
}

static inline int32_t clamped(int32_t place, int32_t size) {
  return place < 0 ? 0 : place < size ? place : size - 1;
}

// The values of the pixel's three channels at a column position of one row.
static inline void sample_row(const image *in, int32_t y, const int32_t columns[4], double part, double out[CHANNELS]) {
  const uint8_t *row = in->pixels + (size_t)clamped(y, in->height) * (size_t)in->width * CHANNELS;
  for (int c = 0; c < CHANNELS; c++) {
    // At a whole position the interpolation gives the pixel itself.
    out[c] = part == 0 ? row[columns[1] + c]
                       : cubic(row[columns[0] + c], row[columns[1] + c], row[columns[2] + c], row[columns[3] + c], part);
  }
}

static inline void sample(const image *in, double x, double y, uint8_t *out) {
  const double left = floor(x - 0.5), top = floor(y - 0.5);
  const double across = x - 0.5 - left, down = y - 0.5 - top;
  const int32_t column = (int32_t)left, row = (int32_t)top;
  int32_t columns[4];
  double values[4][CHANNELS], *middle = values[1];
  for (int i = 0; i < 4; i++) columns[i] = clamped(column + i - 1, in->width) * CHANNELS;
  sample_row(in, row, columns, across, middle);
  if (down != 0) {
    for (int i = 0; i < 4; i++)
      if (i != 1) sample_row(in, row + i - 1, columns, across, values[i]);
    for (int c = 0; c < CHANNELS; c++) middle[c] = cubic(values[0][c], values[1][c], values[2][c], values[3][c], down);
  }
  for (int c = 0; c < CHANNELS; c++) out[c] = (uint8_t)(middle[c] <= 0 ? 0 : middle[c] >= 255 ? 255 : middle[c]);
}

cic_status cic_affine(cic_scratch *scratch, uint8_t *pixels, int32_t width, int32_t height, const double matrix[6],
                      const uint8_t fill[3]) {
  const size_t size = (size_t)width * (size_t)height * CHANNELS;
  if (!cic_reserve(&scratch->blurred, size)) return CIC_OUT_OF_MEMORY;
  const image in = {memcpy(scratch->blurred.bytes, pixels, size), width, height};
  for (int32_t v = 0; v < height; v++) {
    for (int32_t u = 0; u < width; u++, pixels += CHANNELS) {
      const double x = matrix[0] * (u + 0.5) + matrix[1] * (v + 0.5) + matrix[2];
      const double y = matrix[3] * (u + 0.5) + matrix[4] * (v + 0.5) + matrix[5];
      if (x < 0 || x >= width || y < 0 || y >= height) {
        memcpy(pixels, fill, CHANNELS);
      } else {
        sample(&in, x, y, pixels);
      }
    }
  }
  return CIC_OK;
}
