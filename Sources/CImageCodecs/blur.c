// Gaussian blur as three box blurs of fractional radius along each axis (Gwosdek et al., 2011), in PIL's fixed point.
#include "internal.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { CHANNELS = 3, PASSES = 3 };

typedef struct {
  int32_t radius;          // whole pixels on either side
  uint32_t inside, edge;   // weights of those pixels and of the one pixel beyond, 24 fractional bits
} box_kernel;

// The box whose PASSES-fold application has the variance of a Gaussian of `radius`.
static box_kernel kernel_of(float radius) {
  const float variance = radius * radius / PASSES;
  const float length = (float)sqrt(12.0 * variance + 1.0);
  const float whole = (float)floor((length - 1.0) / 2.0);
  float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
  part /= 6 * (variance - (whole + 1) * (whole + 1));
  const float box = whole + part;
  box_kernel kernel = {.radius = (int32_t)box};
  kernel.inside = (uint32_t)((float)(1 << 24) / (box * 2 + 1));
  kernel.edge = ((1 << 24) - (uint32_t)(kernel.radius * 2 + 1) * kernel.inside) / 2;
  return kernel;
}

CIC_CLONES static void add_row(uint32_t *sums, const uint8_t *row, uint32_t times, size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] += row[i] * times;
}

// Moves the window by one row and writes the row in its middle.
CIC_CLONES static void slide(uint32_t *sums, const uint8_t *leaving, const uint8_t *entering, const uint8_t *beyond,
                             box_kernel kernel, size_t count, uint8_t *out) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t sum = sums[i] + entering[i] - leaving[i];
    sums[i] = sum;
    const uint32_t edges = (uint32_t)leaving[i] + beyond[i];
    out[i] = (uint8_t)((sum * kernel.inside + edges * kernel.edge + (1 << 23)) >> 24);
  }
}

// One box blur across rows of `count` bytes; rows outside repeat the first and the last.
static void box_blur(const uint8_t *in, uint8_t *out, uint32_t *sums, size_t count, int32_t rows, box_kernel kernel) {
  const int32_t last = rows - 1, radius = kernel.radius;
  memset(sums, 0, count * sizeof *sums);
  add_row(sums, in, (uint32_t)radius + 1, count);
  for (int32_t y = 0; y < radius; y++) add_row(sums, in + (size_t)(y < last ? y : last) * count, 1, count);
  for (int32_t y = 0; y < rows; y++) {
    const int32_t before = y - radius - 1 > 0 ? y - radius - 1 : 0;
    const int32_t entering = y + radius < last ? y + radius : last;
    const int32_t beyond = y + radius + 1 < last ? y + radius + 1 : last;
    slide(sums, in + (size_t)before * count, in + (size_t)entering * count, in + (size_t)beyond * count, kernel, count,
          out + (size_t)y * count);
  }
}

static void transpose(const uint8_t *in, int32_t width, int32_t height, uint8_t *out) {
  enum { TILE = 16 };
  for (int32_t top = 0; top < height; top += TILE) {
    const int32_t bottom = top + TILE < height ? top + TILE : height;
    for (int32_t x = 0; x < width; x++) {
      for (int32_t y = top; y < bottom; y++)
        memcpy(out + ((size_t)x * (size_t)height + (size_t)y) * CHANNELS,
               in + ((size_t)y * (size_t)width + (size_t)x) * CHANNELS, CHANNELS);
    }
  }
}

cic_status cic_gaussian_blur(cic_scratch *scratch, uint8_t *pixels, int32_t width, int32_t height, float radius) {
  if (!(radius > 0) || width <= 0 || height <= 0) return CIC_OK;
  const size_t size = (size_t)width * (size_t)height * CHANNELS;
  const size_t plane = (size + CIC_PADDING - 1) / CIC_PADDING * CIC_PADDING;
  const size_t row = (size_t)width * CHANNELS, column = (size_t)height * CHANNELS;
  if (!cic_reserve(&scratch->blurred, 2 * plane + (row > column ? row : column) * sizeof(uint32_t)))
    return CIC_OUT_OF_MEMORY;
  uint8_t *a = scratch->blurred.bytes, *b = a + plane;
  uint32_t *sums = (uint32_t *)(b + plane);
  const box_kernel kernel = kernel_of(radius);
  // Along rows first, as PIL does; on the transposed image, where neighbours are a row apart and vectors fit.
  transpose(pixels, width, height, a);
  box_blur(a, b, sums, column, width, kernel);
  box_blur(b, a, sums, column, width, kernel);
  box_blur(a, b, sums, column, width, kernel);
  transpose(b, height, width, a);
  box_blur(a, b, sums, row, height, kernel);
  box_blur(b, a, sums, row, height, kernel);
  box_blur(a, pixels, sums, row, height, kernel);
  return CIC_OK;
}
