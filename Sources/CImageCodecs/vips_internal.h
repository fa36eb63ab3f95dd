// What the two readers through libvips share: vips_decode.c, which makes 8-bit RGB, and vips_samples.c.
#ifndef CIMAGECODECS_VIPS_INTERNAL_H
#define CIMAGECODECS_VIPS_INTERNAL_H

#include "internal.h"

#include <vips/vips.h>

// Starts libvips, once. False, with a reason, where that fails.
bool cic_vips_start(char *reason);

// Around the reading of a file: keeps what its library writes to C's stream `stderr` from it.
void cic_vips_begin(cic_format format);
void cic_vips_end(cic_format format);

// Opens a page, counted from 0, to be read from the top; null on failure. Pages beyond the first are TIFF's.
VipsImage *cic_vips_open(const uint8_t *bytes, size_t count, cic_format format, int32_t page);

cic_layout cic_vips_layout(const VipsImage *image);

// Makes libvips' message the reason.
cic_status cic_vips_take_error(char *reason, cic_status status);

// Why an image of a known format does not decode, as far as its length tells.
cic_status cic_vips_cut_or_damaged(const uint8_t *bytes, size_t count, cic_format format);

#endif
