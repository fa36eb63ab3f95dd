// Format recognition, EXIF orientation, and the way from a file's bytes to upright RGB.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

cic_scratch *cic_scratch_create(void) { return calloc(1, sizeof(cic_scratch)); }

void cic_scratch_destroy(cic_scratch *scratch) {
  if (!scratch) return;
  free(scratch->decoded.bytes);
  free(scratch->upright.bytes);
  free(scratch->line.bytes);
  free(scratch->intermediate.bytes);
  free(scratch->taps[0].bytes);
  free(scratch->taps[1].bytes);
  free(scratch->blurred.bytes);
  free(scratch->completed.bytes);
  free(scratch);
}

void cic_free(void *memory) { free(memory); }

bool cic_reserve(cic_buffer *buffer, size_t count) {
  if (count + CIC_PADDING <= buffer->capacity) return true;
  // An eighth more than asked: images of slightly growing size then do not allocate each time.
  const size_t capacity = (count + count / 8 + 2 * CIC_PADDING) & ~(size_t)(CIC_PADDING - 1);
  free(buffer->bytes);
  buffer->bytes = aligned_alloc(CIC_PADDING, capacity);
  buffer->capacity = buffer->bytes ? capacity : 0;
  return buffer->bytes != NULL;
}

void cic_set_reason(char reason[CIC_REASON_SIZE], const char *text) {
  size_t length = 0;
  // libvips writes several lines; the first one names the cause.
  while (text[length] && text[length] != '\n' && length < CIC_REASON_SIZE - 1) length++;
  memcpy(reason, text, length);
  reason[length] = 0;
}

static bool starts(const uint8_t *bytes, size_t count, size_t offset, const char *text, size_t length) {
  return count >= offset + length && memcmp(bytes + offset, text, length) == 0;
}

static bool sniff_heif(const uint8_t *bytes, size_t count) {
  static const char brands[][5] = {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis"};
  if (!starts(bytes, count, 4, "ftyp", 4)) return false;
  for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++)
    if (starts(bytes, count, 8, brands[i], 4)) return true;
  return false;
}

bool cic_sniff(const uint8_t *bytes, size_t count, cic_format *format) {
  if (starts(bytes, count, 0, "\xff\xd8\xff", 3)) return *format = CIC_JPEG, true;
  if (starts(bytes, count, 0, "\x89PNG\r\n\x1a\n", 8)) return *format = CIC_PNG, true;
  if (starts(bytes, count, 0, "RIFF", 4) && starts(bytes, count, 8, "WEBP", 4)) return *format = CIC_WEBP, true;
  if (starts(bytes, count, 0, "II*\0", 4) || starts(bytes, count, 0, "MM\0*", 4) ||
      starts(bytes, count, 0, "II+\0", 4) || starts(bytes, count, 0, "MM\0+", 4))
    return *format = CIC_TIFF, true;
  if (starts(bytes, count, 0, "GIF87a", 6) || starts(bytes, count, 0, "GIF89a", 6)) return *format = CIC_GIF, true;
  if (cic_bmp_starts(bytes, count)) return *format = CIC_BMP, true;
  if (sniff_heif(bytes, count)) return *format = CIC_HEIF, true;
  if (starts(bytes, count, 0, "\0\0\0\x0CjP  \r\n\x87\n", 12) || starts(bytes, count, 0, "\xff\x4f\xff\x51", 4))
    return *format = CIC_JP2, true;
  if (starts(bytes, count, 0, "\x93NUMPY", 6)) return *format = CIC_NPY, true;
  if (cic_pnm_starts(bytes, count)) return *format = CIC_PNM, true;
  return false;
}

cic_status cic_recognise(const uint8_t *bytes, size_t count, cic_format *format, char *reason) {
  if (count == 0) return CIC_EMPTY;
  if (cic_sniff(bytes, count, format)) return CIC_OK;
  const char *advice = cic_foreign_advice(bytes, count);
  if (!advice) return CIC_NOT_AN_IMAGE;
  cic_set_reason(reason, advice);
  return CIC_UNSUPPORTED;
}

bool cic_can_read(cic_format format) {
  return format == CIC_JPEG || format == CIC_BMP || format == CIC_PNM || format == CIC_NPY || cic_vips_has_loader(format);
}

static uint32_t read16(const uint8_t *p, bool little) { return little ? p[0] | p[1] << 8 : p[0] << 8 | p[1]; }

static uint32_t read32(const uint8_t *p, bool little) {
  return little ? read16(p, true) | read16(p + 2, true) << 16 : read16(p, false) << 16 | read16(p + 2, false);
}

int32_t cic_exif_orientation(const uint8_t *tiff, size_t count) {
  if (count < 14) return 1;
  const bool little = tiff[0] == 'I';
  if (memcmp(tiff, little ? "II*\0" : "MM\0*", 4) != 0) return 1;
  const size_t directory = read32(tiff + 4, little);
  if (directory > count - 2) return 1;
  const size_t entries = read16(tiff + directory, little);
  for (size_t i = 0; i < entries; i++) {
    const size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > count) return 1;
    if (read16(tiff + entry, little) != 0x0112) continue;
    const uint32_t value = read16(tiff + entry + 8, little);
    return value >= 1 && value <= 8 ? (int32_t)value : 1;
  }
  return 1;
}

static cic_status read_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason) {
  cic_format format;
  reason[0] = 0;
  const cic_status status = cic_recognise(bytes, count, &format, reason);
  if (status != CIC_OK) return status;
  memset(header, 0, sizeof *header);
  header->format = format;
  header->orientation = 1;
  if (format == CIC_JPEG) return cic_jpeg_header(bytes, count, header, reason);
  if (format == CIC_BMP) return cic_bmp_header(bytes, count, header, reason);
  if (format == CIC_PNM) return cic_pnm_header(bytes, count, header, reason);
  if (format == CIC_NPY) return cic_npy_header(bytes, count, header, reason);
  return cic_vips_header(bytes, count, format, header, reason);
}

cic_status cic_read_header(const uint8_t *bytes, size_t count, cic_header *header, char reason[CIC_REASON_SIZE]) {
  const cic_status status = read_header(bytes, count, header, reason);
  // A DICOM file may begin like a TIFF.
  const char *advice = status == CIC_DAMAGED || status == CIC_TRUNCATED ? cic_foreign_advice(bytes, count) : NULL;
  if (!advice) return status;
  cic_set_reason(reason, advice);
  return CIC_UNSUPPORTED;
}

cic_orientation_steps cic_steps_of(int32_t orientation) {
  static const cic_orientation_steps table[9] = {
      [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true},
      [5] = {true, false, false},  [6] = {true, true, false},  [7] = {true, true, true},  [8] = {true, false, true}};
  return table[orientation];
}

// Where a box of the upright image lies in the stored image (the mapping's inverse, mirrors first), or the other way.
static cic_box stored_box(cic_box box, int32_t upright_width, int32_t upright_height, cic_orientation_steps steps) {
  if (steps.mirror_x) box.x = upright_width - box.x - box.width;
  if (steps.mirror_y) box.y = upright_height - box.y - box.height;
  return steps.transpose ? (cic_box){box.y, box.x, box.height, box.width} : box;
}

static cic_status make_upright(cic_scratch *scratch, cic_pixels *pixels, cic_orientation_steps steps) {
  const cic_pixels stored = *pixels;
  cic_pixels upright = stored;
  if (steps.transpose) {
    upright.width = stored.height, upright.height = stored.width;
    upright.x = stored.y, upright.y = stored.x;
    upright.whole_width = stored.whole_height, upright.whole_height = stored.whole_width;
  }
  if (steps.mirror_x) upright.x = upright.whole_width - upright.x - upright.width;
  if (steps.mirror_y) upright.y = upright.whole_height - upright.y - upright.height;
  upright.stride = (size_t)upright.width * 3;
  const size_t size = upright.stride * (size_t)upright.height;
  if (!cic_reserve(&scratch->upright, size)) return CIC_OUT_OF_MEMORY;
  for (int32_t y = 0; y < upright.height; y++) {
    const int32_t v = steps.mirror_y ? upright.height - 1 - y : y;
    uint8_t *out = scratch->upright.bytes + (size_t)y * upright.stride;
    for (int32_t x = 0; x < upright.width; x++, out += 3) {
      const int32_t u = steps.mirror_x ? upright.width - 1 - x : x;
      const uint8_t *in = steps.transpose ? stored.pixels + (size_t)u * stored.stride + (size_t)v * 3
                                          : stored.pixels + (size_t)v * stored.stride + (size_t)u * 3;
      out[0] = in[0], out[1] = in[1], out[2] = in[2];
    }
  }
  upright.pixels = scratch->upright.bytes;
  upright.readable_end = upright.pixels + size + CIC_PADDING;
  *pixels = upright;
  return CIC_OK;
}

cic_status cic_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_box box, int32_t reduction,
                      int64_t maximum_pixels, cic_pixels *pixels, char reason[CIC_REASON_SIZE]) {
  cic_header header;
  cic_status status = cic_read_header(bytes, count, &header, reason);
  if (status != CIC_OK) return status;
  if ((int64_t)header.width * header.height > maximum_pixels) return CIC_TOO_LARGE;
  const cic_orientation_steps steps = cic_steps_of(header.orientation);
  if (header.format == CIC_JPEG) {
    const int32_t width = steps.transpose ? header.height : header.width;
    const int32_t height = steps.transpose ? header.width : header.height;
    status = cic_jpeg_decode(scratch, bytes, count, stored_box(box, width, height, steps), reduction, pixels, reason);
  } else if (header.format == CIC_BMP) {
    status = cic_bmp_decode(scratch, bytes, count, pixels, reason);
  } else if (header.format == CIC_PNM) {
    status = cic_pnm_decode(scratch, bytes, count, pixels, reason);
  } else if (header.format == CIC_NPY) {
    status = cic_npy_decode(scratch, bytes, count, pixels, reason);
  } else {
    status = cic_vips_decode(scratch, bytes, count, header.format, pixels, reason);
  }
  if (status != CIC_OK || header.orientation == 1) return status;
  return make_upright(scratch, pixels, steps);
}
