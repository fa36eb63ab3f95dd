// Mirror images and quarter turns.
#include "internal.h"

#include <string.h>

// Copies pixels that lie `step` bytes apart.
__attribute__((always_inline)) static inline void gather(const uint8_t *in, ptrdiff_t step, int32_t count, size_t size,
                                                         uint8_t *out) {
  for (int32_t i = 0; i < count; i++, in += step, out += size) memcpy(out, in, size);
}

cic_status cic_turn(cic_scratch *scratch, void *pixels, int32_t width, int32_t height, size_t pixel_size,
                    bool transposed, bool mirrored, bool upside_down) {
  const size_t row = (size_t)width * pixel_size, size = row * (size_t)height;
  if (!cic_reserve(&scratch->blurred, size)) return CIC_OUT_OF_MEMORY;
  memcpy(scratch->blurred.bytes, pixels, size);
  // How far the source moves with the result's column and row.
  const ptrdiff_t along = (ptrdiff_t)(transposed ? row : pixel_size) * (mirrored ? -1 : 1);
  const ptrdiff_t down = (ptrdiff_t)(transposed ? pixel_size : row) * (upside_down ? -1 : 1);
  const uint8_t *in = scratch->blurred.bytes;
  if (mirrored) in -= along * (width - 1);
  if (upside_down) in -= down * (height - 1);
  uint8_t *out = pixels;
  for (int32_t y = 0; y < height; y++, in += down, out += row) {
    if (pixel_size == 3) gather(in, along, width, 3, out);
    else gather(in, along, width, pixel_size, out);
  }
  return CIC_OK;
}
