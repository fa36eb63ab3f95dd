// Label maps: PNGs of one channel whose stored values are the labels.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static uint32_t read_big(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// PNG's checksum, of few bytes only: no table.
static uint32_t checksum(const uint8_t *bytes, size_t count) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

enum { SIGNATURE = 8, CHUNK_EXTRA = 12, HEADER_DATA = 13, DEPTH_AT = 8, COLOUR_AT = 9, GREY = 0, PALETTE = 3 };

// The same picture as a grey one without its palette, transparency, gamma and colour profile: the samples of a palette
// picture are stored just as grey ones are, and a decoder then leaves them as they are. The caller frees *grey.
static cic_status make_grey(const uint8_t *bytes, size_t count, uint8_t **grey, size_t *grey_count, int *bits,
                            char *reason) {
  uint8_t *out = malloc(count);
  if (!out) return CIC_OUT_OF_MEMORY;
  memcpy(out, bytes, SIGNATURE);
  size_t at = SIGNATURE, used = SIGNATURE;
  cic_status status = CIC_TRUNCATED;
  while (at + CHUNK_EXTRA <= count) {
    const size_t size = read_big(bytes + at);
    if (size > count - at - CHUNK_EXTRA) break;
    const uint8_t *name = bytes + at + 4;
    const bool is_header = at == SIGNATURE && !memcmp(name, "IHDR", 4) && size == HEADER_DATA;
    if (at == SIGNATURE && !is_header) {
      status = CIC_DAMAGED;
      break;
    }
    if (is_header || !memcmp(name, "IDAT", 4) || !memcmp(name, "IEND", 4)) {
      memcpy(out + used, bytes + at, size + CHUNK_EXTRA);
      used += size + CHUNK_EXTRA;
    }
    if (is_header) {
      uint8_t *header = out + SIGNATURE + 8;
      *bits = header[DEPTH_AT];
      const bool is_one_channel = header[COLOUR_AT] == GREY || header[COLOUR_AT] == PALETTE;
      if (!is_one_channel) {
        cic_set_reason(reason, "a label map has one channel, and this one holds colours; save class numbers, as grey or "
                               "with a palette");
        status = CIC_UNSUPPORTED;
        break;
      }
      if (checksum(name, 4 + HEADER_DATA) != read_big(header + HEADER_DATA)) {
        cic_set_reason(reason, "the checksum of its header is wrong");
        status = CIC_DAMAGED;
        break;
      }
      header[COLOUR_AT] = GREY;
      const uint32_t crc = checksum(out + SIGNATURE + 4, 4 + HEADER_DATA);
      for (int i = 0; i < 4; i++) header[HEADER_DATA + i] = (uint8_t)(crc >> (24 - 8 * i));
    }
    at += size + CHUNK_EXTRA;
    if (!memcmp(name, "IEND", 4)) {
      *grey = out;
      *grey_count = used;
      return CIC_OK;
    }
  }
  if (status == CIC_TRUNCATED) cic_set_reason(reason, "its end is missing");
  free(out);
  return status;
}

cic_status cic_decode_labels(const uint8_t *bytes, size_t count, int64_t maximum_pixels, uint8_t **values,
                             int32_t *width, int32_t *height, char reason[CIC_REASON_SIZE]) {
  cic_format format;
  reason[0] = 0;
  cic_status status = cic_recognise(bytes, count, &format, reason);
  if (status != CIC_OK) return status;
  if (format != CIC_PNG) {
    cic_set_reason(reason, "a label map is a PNG");
    return CIC_UNSUPPORTED;
  }
  uint8_t *grey;
  size_t grey_count;
  int bits;
  status = make_grey(bytes, count, &grey, &grey_count, &bits, reason);
  if (status != CIC_OK) return status;
  status = cic_vips_decode_grey(grey, grey_count, maximum_pixels, values, width, height, reason);
  free(grey);
  if (status != CIC_OK || bits >= 8) return status;
  // Decoders spread fewer bits over 0...255; both ways are exact.
  const uint8_t step = (uint8_t)(255 / ((1 << bits) - 1));
  const size_t pixels = (size_t)*width * (size_t)*height;
  for (size_t i = 0; i < pixels; i++) (*values)[i] /= step;
  return CIC_OK;
}
