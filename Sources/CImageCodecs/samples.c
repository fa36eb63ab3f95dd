// From a file's bytes to its stored values, upright: what decode.c does for 8-bit RGB.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

cic_status cic_allocate_samples(cic_samples *samples, int32_t width, int32_t height, int32_t channels,
                                int64_t maximum_values) {
  const int64_t pixels = (int64_t)width * height;
  if (pixels > maximum_values / channels) return CIC_TOO_LARGE;
  *samples = (cic_samples){.width = width, .height = height, .channels = channels};
  samples->values = malloc((size_t)(pixels * channels) * sizeof(float));
  return samples->values ? CIC_OK : CIC_OUT_OF_MEMORY;
}

// JPEG and BMP hold 8 bits a sample, in one colour space or another, and are decoded to grey or RGB.
static bool is_byte_format(cic_format format) { return format == CIC_JPEG || format == CIC_BMP; }

cic_status cic_read_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header,
                                  char reason[CIC_REASON_SIZE]) {
  reason[0] = 0;
  memset(header, 0, sizeof *header);
  const cic_status status = cic_recognise(bytes, count, &header->format, reason);
  if (status != CIC_OK) return status;
  header->orientation = 1;
  if (header->format == CIC_PNM) return cic_pnm_sample_header(bytes, count, header, reason);
  if (header->format == CIC_NPY) return cic_npy_sample_header(bytes, count, header, reason);
  if (!is_byte_format(header->format)) return cic_vips_sample_header(bytes, count, header, reason);
  cic_header plain;
  const cic_status read = cic_read_header(bytes, count, &plain, reason);
  if (read != CIC_OK) return read;
  header->width = plain.width, header->height = plain.height;
  header->orientation = plain.orientation;
  header->channels = plain.layout == CIC_LAYOUT_GREY ? 1 : 3;
  header->type = CIC_UINT8;
  header->bits = 8;
  return CIC_OK;
}

// Decodes to 8-bit RGB, which is upright already, and takes the first `channels` of it.
static cic_status read_bytes(const uint8_t *bytes, size_t count, const cic_sample_request *request, cic_samples *out,
                             char *reason) {
  cic_header header;
  cic_status status = cic_read_header(bytes, count, &header, reason);
  if (status != CIC_OK) return status;
  const bool turns = header.orientation >= 5;
  const cic_box box = {0, 0, turns ? header.height : header.width, turns ? header.width : header.height};
  status = cic_allocate_samples(out, box.width, box.height, request->channels, request->maximum_values);
  if (status != CIC_OK) return status;
  cic_scratch *scratch = cic_scratch_create();
  if (!scratch) return CIC_OUT_OF_MEMORY;
  cic_pixels pixels;
  status = cic_decode(scratch, bytes, count, box, 1, INT64_MAX, &pixels, reason);
  if (status == CIC_OK) {
    float *to = out->values;
    for (int32_t y = 0; y < box.height; y++) {
      const uint8_t *from = pixels.pixels + (size_t)(y - pixels.y) * pixels.stride - 3 * (ptrdiff_t)pixels.x;
      for (int32_t x = 0; x < box.width; x++, from += 3)
        for (int32_t c = 0; c < request->channels; c++) *to++ = from[c];
    }
  }
  cic_scratch_destroy(scratch);
  return status;
}

static cic_status make_upright(cic_samples *samples, int32_t orientation) {
  const cic_orientation_steps steps = cic_steps_of(orientation);
  cic_samples upright = *samples;
  if (steps.transpose) upright.width = samples->height, upright.height = samples->width;
  const size_t channels = (size_t)samples->channels;
  upright.values = malloc((size_t)upright.width * (size_t)upright.height * channels * sizeof(float));
  if (!upright.values) return CIC_OUT_OF_MEMORY;
  float *out = upright.values;
  for (int32_t y = 0; y < upright.height; y++) {
    const int32_t v = steps.mirror_y ? upright.height - 1 - y : y;
    for (int32_t x = 0; x < upright.width; x++, out += channels) {
      const int32_t u = steps.mirror_x ? upright.width - 1 - x : x;
      const size_t row = (size_t)(steps.transpose ? u : v), column = (size_t)(steps.transpose ? v : u);
      memcpy(out, samples->values + (row * (size_t)samples->width + column) * channels, channels * sizeof(float));
    }
  }
  free(samples->values);
  *samples = upright;
  return CIC_OK;
}

cic_status cic_decode_samples(const uint8_t *bytes, size_t count, const cic_sample_request *request, cic_samples *out,
                              char reason[CIC_REASON_SIZE]) {
  reason[0] = 0;
  memset(out, 0, sizeof *out);
  cic_status status;
  if (request->format == CIC_PNM) {
    status = cic_pnm_samples(bytes, count, request->maximum_values, out, reason);
  } else if (request->format == CIC_NPY) {
    status = cic_npy_samples(bytes, count, request->maximum_values, out, reason);
  } else if (is_byte_format(request->format)) {
    status = read_bytes(bytes, count, request, out, reason);
  } else {
    status = cic_vips_samples(bytes, count, request, out, reason);
    if (status == CIC_OK && request->orientation != 1) status = make_upright(out, request->orientation);
  }
  if (status != CIC_OK) {
    free(out->values);
    out->values = NULL;
  }
  return status;
}
