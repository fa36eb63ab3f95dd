// The weights of PIL's resampling filters.
#include "internal.h"

#include <math.h>

static double support_of(cic_filter filter) {
  return filter == CIC_BILINEAR ? 1 : filter == CIC_BICUBIC ? 2 : 3;
}

static double bicubic(double x) {
  const double a = -0.5;
  if (x < 0) x = -x;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static double bilinear(double x) {
  if (x < 0) x = -x;
  return x < 1 ? 1 - x : 0;
}

// sinc(x) sinc(x/3) of the equally spaced x. The sine of each is turned on from the one before, and
// sin(3t) = 3 sin t - 4 sin^3 t saves the second sine: computed one by one, they would cost as much as the resampling.
static void lanczos_weights(double x, double step, int32_t count, double *weights) {
  const double turn_sine = sin(M_PI / 3 * step), turn_cosine = cos(M_PI / 3 * step);
  double sine = sin(M_PI / 3 * x), cosine = cos(M_PI / 3 * x);
  for (int32_t i = 0; i < count; i++) {
    const double at = x + i * step, t = M_PI / 3 * at, square = sine * sine;
    // Beside zero the turned sine has too few digits left; there the value is 1 within 2e-12.
    weights[i] = fabs(at) < 1e-6 ? 1 : at < -3 || at >= 3 ? 0 : square * (3 - 4 * square) / (3 * t * t);
    const double next = sine * turn_cosine + cosine * turn_sine;
    cosine = cosine * turn_cosine - sine * turn_sine;
    sine = next;
  }
}

// The filter's values at x, x + step, ...
static void fill_weights(cic_filter filter, double x, double step, int32_t count, double *weights) {
  if (filter == CIC_LANCZOS) return lanczos_weights(x, step, count, weights);
  for (int32_t i = 0; i < count; i++)
    weights[i] = filter == CIC_BILINEAR ? bilinear(x + i * step) : bicubic(x + i * step);
}

cic_axis_scale cic_scale_of(const cic_axis *axis, cic_filter filter) {
  const double scale = (axis->end - axis->start) / axis->size;
  const double stretch = scale < 1 ? 1 : scale;
  return (cic_axis_scale){scale, support_of(filter) * stretch, 1 / stretch};
}

static cic_tap_span span_of(const cic_axis *axis, cic_axis_scale scale, int32_t output, double *center) {
  *center = axis->start + (output + 0.5) * scale.scale;
  int32_t first = (int32_t)floor(*center - scale.support + 0.5), last = (int32_t)floor(*center + scale.support + 0.5);
  if (first < axis->low) first = axis->low;
  if (last > axis->high) last = axis->high;
  return (cic_tap_span){first, last - first};
}

void cic_axis_extent(const cic_axis *axis, cic_filter filter, int32_t *first, int32_t *last) {
  const cic_axis_scale scale = cic_scale_of(axis, filter);
  double center;
  const cic_tap_span a = span_of(axis, scale, axis->window_start, &center);
  const cic_tap_span b = span_of(axis, scale, axis->window_start + axis->window_size - 1, &center);
  *first = a.first;
  *last = b.first + b.count;
}

int32_t cic_most_taps(cic_axis_scale scale) { return (int32_t)ceil(scale.support) * 2 + 1; }

cic_tap_span cic_weigh_taps(const cic_axis *axis, cic_axis_scale scale, cic_filter filter, int32_t output,
                            double *weights) {
  double center, sum = 0;
  const cic_tap_span span = span_of(axis, scale, output, &center);
  fill_weights(filter, (span.first - center + 0.5) * scale.inverse, scale.inverse, span.count, weights);
  for (int32_t tap = 0; tap < span.count; tap++) sum += weights[tap];
  if (sum != 0)
    for (int32_t tap = 0; tap < span.count; tap++) weights[tap] /= sum;
  return span;
}
