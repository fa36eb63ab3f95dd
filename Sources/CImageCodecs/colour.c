// Colour operations in place on interleaved RGB, rounded as PIL rounds them.
#include "internal.h"

#include <math.h>
#include <string.h>

// PIL computes without fused multiply-add, and truncates: a fused sum could fall on the other side of an integer.
#pragma STDC FP_CONTRACT OFF

enum { CHANNELS = 3 };

static inline uint8_t luma(const uint8_t *p) {
  return (uint8_t)((p[0] * 19595u + p[1] * 38470u + p[2] * 7471u + 0x8000u) >> 16);
}

// `from` + factor * (to - from), truncated, clipped where the factor extrapolates.
static inline uint8_t blend(int32_t from, int32_t to, float factor) {
  const float value = (float)from + factor * (float)(to - from);
  return (uint8_t)(int32_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void blend_with_constant(uint8_t *pixels, size_t count, int32_t constant, float factor) {
  uint8_t table[256];
  for (int32_t value = 0; value < 256; value++) table[value] = blend(constant, value, factor);
  for (size_t i = 0; i < count * CHANNELS; i++) pixels[i] = table[pixels[i]];
}

void cic_adjust_brightness(uint8_t *pixels, size_t count, float factor) {
  if (factor != 1) blend_with_constant(pixels, count, 0, factor);
}

CIC_CLONES static uint64_t luma_sum(const uint8_t *pixels, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += luma(pixels + i * CHANNELS);
  return sum;
}

void cic_adjust_contrast(uint8_t *pixels, size_t count, float factor) {
  if (factor == 1 || count == 0) return;
  const double mean = (double)luma_sum(pixels, count) / (double)count;
  blend_with_constant(pixels, count, (int32_t)(mean + 0.5), factor);
}

CIC_CLONES void cic_adjust_saturation(uint8_t *pixels, size_t count, float factor) {
  if (factor == 1) return;
  for (size_t i = 0; i < count; i++) {
    uint8_t *p = pixels + i * CHANNELS;
    const int32_t grey = luma(p);
    for (int c = 0; c < CHANNELS; c++) p[c] = blend(grey, p[c], factor);
  }
}

CIC_CLONES void cic_greyscale(uint8_t *pixels, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint8_t *p = pixels + i * CHANNELS;
    p[0] = p[1] = p[2] = luma(p);
  }
}

CIC_CLONES void cic_solarize(uint8_t *pixels, size_t count, int32_t threshold) {
  for (size_t i = 0; i < count * CHANNELS; i++) pixels[i] = pixels[i] < threshold ? pixels[i] : 255 - pixels[i];
}

// --- Hue -----------------------------------------------------------------------------------------------------------

static inline float minimum(float a, float b) { return a < b ? a : b; }
static inline float maximum(float a, float b) { return a > b ? a : b; }

// To 8-bit hue and saturation and back, through the same roundings as PIL's HSV mode; without branches, for vectors.
CIC_CLONES void cic_adjust_hue(uint8_t *pixels, size_t count, uint8_t shift) {
  if (shift == 0) return;
  for (size_t i = 0; i < count; i++) {
    uint8_t *p = pixels + i * CHANNELS;
    const float r = p[0], g = p[1], b = p[2];
    const float high = maximum(r, maximum(g, b)), low = minimum(r, minimum(g, b));
    const float range = high - low, divisor = range > 0 ? range : 1;
    const float rc = (high - r) / divisor, gc = (high - g) / divisor, bc = (high - b) / divisor;
    const double sector = r == high ? bc - gc : g == high ? (float)(2.0 + rc - bc) : (float)(4.0 + gc - rc);
    const double turns = (float)sector / 6.0 + 1.0;
    const float turn = (float)(turns >= 1 ? turns - 1 : turns);
    const int32_t hue = range > 0 ? (int32_t)(turn * 255.0) : 0;
    const int32_t saturation = range > 0 ? (int32_t)(range / high * 255.0) : 0;

    const double position = (float)((hue + shift) & 255) * 6.0 / 255.0;
    const int32_t whole = (int32_t)position;
    const float part = (float)(position - (float)whole), strength = (float)(saturation / 255.0);
    const int32_t down = (int32_t)(high * (1.0 - strength) + 0.5);
    const int32_t falling = (int32_t)(high * (1.0 - strength * part) + 0.5);
    const int32_t rising = (int32_t)(high * (1.0 - strength * (1.0 - part)) + 0.5);
    const int32_t top = (int32_t)high, k = whole % 6;
    const int32_t red = k == 0 || k == 5 ? top : k == 1 ? falling : k == 4 ? rising : down;
    const int32_t green = k == 1 || k == 2 ? top : k == 3 ? falling : k == 0 ? rising : down;
    const int32_t blue = k == 3 || k == 4 ? top : k == 5 ? falling : k == 2 ? rising : down;
    p[0] = (uint8_t)(saturation ? red : top);
    p[1] = (uint8_t)(saturation ? green : top);
    p[2] = (uint8_t)(saturation ? blue : top);
  }
}
