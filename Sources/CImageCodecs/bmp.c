// Uncompressed BMP: libvips reads it only through ImageMagick, which does not belong in a loader of foreign files.
#include "internal.h"

#include <string.h>

enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40, BI_RGB = 0, BI_BITFIELDS = 3, BI_ALPHABITFIELDS = 6 };

typedef struct {
  int32_t width, height, bits;
  bool top_down;
  size_t pixel_offset, palette_offset, palette_entry, palette_count;
  uint32_t masks[3];
} bitmap;

static uint32_t word(const uint8_t *p) { return p[0] | p[1] << 8; }
static uint32_t dword(const uint8_t *p) { return word(p) | word(p + 2) << 16; }

static cic_status refuse(char *reason, const char *text, cic_status status) {
  cic_set_reason(reason, text);
  return status;
}

static cic_status read_masks(const uint8_t *bytes, size_t count, uint32_t compression, bitmap *info, char *reason) {
  if (compression == BI_RGB) {
    const uint32_t five[3] = {0x7C00, 0x03E0, 0x001F}, eight[3] = {0xFF0000, 0xFF00, 0xFF};
    memcpy(info->masks, info->bits == 16 ? five : eight, sizeof five);
    return CIC_OK;
  }
  if (compression != BI_BITFIELDS && compression != BI_ALPHABITFIELDS)
    return refuse(reason, "compressed BMP", CIC_UNSUPPORTED);
  if (info->bits != 16 && info->bits != 32) return refuse(reason, "BMP bit fields of odd depth", CIC_DAMAGED);
  if (count < FILE_HEADER + INFO_HEADER + 12) return refuse(reason, "header cut short", CIC_TRUNCATED);
  for (int c = 0; c < 3; c++) {
    info->masks[c] = dword(bytes + FILE_HEADER + INFO_HEADER + 4 * c);
    if (info->masks[c] == 0) return refuse(reason, "an empty bit field", CIC_DAMAGED);
  }
  return CIC_OK;
}

static cic_status parse(const uint8_t *bytes, size_t count, bitmap *info, char *reason) {
  const size_t header = dword(bytes + FILE_HEADER);
  memset(info, 0, sizeof *info);
  info->pixel_offset = dword(bytes + 10);
  info->palette_offset = FILE_HEADER + header;
  uint32_t compression = BI_RGB;
  if (header == CORE_HEADER) {
    info->width = (int32_t)word(bytes + 18), info->height = (int32_t)word(bytes + 20);
    info->bits = (int32_t)word(bytes + 24);
    info->palette_entry = 3;
  } else if (header >= INFO_HEADER && header <= 256) {
    if (count < FILE_HEADER + INFO_HEADER) return refuse(reason, "header cut short", CIC_TRUNCATED);
    const int32_t height = (int32_t)dword(bytes + 22);
    if (height == INT32_MIN) return refuse(reason, "impossible height", CIC_DAMAGED);
    info->width = (int32_t)dword(bytes + 18), info->height = height < 0 ? -height : height;
    info->top_down = height < 0;
    info->bits = (int32_t)word(bytes + 28);
    compression = dword(bytes + 30);
    info->palette_count = dword(bytes + 46);
    info->palette_entry = 4;
  } else {
    return refuse(reason, "unknown BMP header", CIC_NOT_AN_IMAGE);
  }
  if (info->width <= 0 || info->height <= 0) return refuse(reason, "zero width or height", CIC_DAMAGED);
  const size_t most = info->bits <= 8 ? (size_t)1 << info->bits : 0;
  if (info->palette_count == 0 || info->palette_count > most) info->palette_count = most;
  switch (info->bits) {
    case 1: case 4: case 8:
      return compression == BI_RGB ? CIC_OK : refuse(reason, "compressed BMP", CIC_UNSUPPORTED);
    case 16: case 24: case 32: return read_masks(bytes, count, compression, info, reason);
    default: return refuse(reason, "unknown BMP depth", CIC_UNSUPPORTED);
  }
}

cic_status cic_bmp_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason) {
  bitmap info;
  const cic_status status = parse(bytes, count, &info, reason);
  header->width = info.width, header->height = info.height;
  header->layout = CIC_LAYOUT_RGB;
  header->bits = 8;
  return status;
}

static uint8_t field(uint32_t value, uint32_t mask) {
  const int shift = __builtin_ctz(mask);
  const uint32_t most = mask >> shift;
  return (uint8_t)((((value & mask) >> shift) * (uint64_t)255 + most / 2) / most);
}

static void read_palette_row(const uint8_t *row, const bitmap *info, const uint8_t *palette, uint8_t *out) {
  const int per_byte = 8 / info->bits;
  for (int32_t x = 0; x < info->width; x++, out += 3) {
    const int shift = 8 - info->bits * (x % per_byte + 1);
    size_t index = row[x / per_byte] >> shift & ((1 << info->bits) - 1);
    if (index >= info->palette_count) index = 0;
    const uint8_t *entry = palette + index * info->palette_entry;
    out[0] = entry[2], out[1] = entry[1], out[2] = entry[0];
  }
}

static void read_direct_row(const uint8_t *row, const bitmap *info, uint8_t *out) {
  const int size = info->bits / 8;
  for (int32_t x = 0; x < info->width; x++, row += size, out += 3) {
    if (size == 3) {
      out[0] = row[2], out[1] = row[1], out[2] = row[0];
    } else {
      const uint32_t value = size == 2 ? word(row) : dword(row);
      for (int c = 0; c < 3; c++) out[c] = field(value, info->masks[c]);
    }
  }
}

cic_status cic_bmp_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_pixels *pixels, char *reason) {
  bitmap info;
  const cic_status status = parse(bytes, count, &info, reason);
  if (status != CIC_OK) return status;
  const size_t row_bytes = ((size_t)info.width * (size_t)info.bits + 31) / 32 * 4;
  const size_t palette_end = info.palette_offset + info.palette_count * info.palette_entry;
  if (info.pixel_offset > count || (count - info.pixel_offset) / row_bytes < (size_t)info.height ||
      palette_end > count)
    return refuse(reason, "the file ends before its last row", CIC_TRUNCATED);
  const size_t stride = (size_t)info.width * 3, size = stride * (size_t)info.height;
  if (!cic_reserve(&scratch->decoded, size)) return CIC_OUT_OF_MEMORY;
  for (int32_t y = 0; y < info.height; y++) {
    const uint8_t *row = bytes + info.pixel_offset + row_bytes * (size_t)(info.top_down ? y : info.height - 1 - y);
    uint8_t *out = scratch->decoded.bytes + stride * (size_t)y;
    if (info.bits <= 8) {
      read_palette_row(row, &info, bytes + info.palette_offset, out);
    } else {
      read_direct_row(row, &info, out);
    }
  }
  *pixels = (cic_pixels){.pixels = scratch->decoded.bytes, .stride = stride,
                         .readable_end = scratch->decoded.bytes + size + CIC_PADDING,
                         .width = info.width, .height = info.height,
                         .whole_width = info.width, .whole_height = info.height, .reduction = 1};
  return CIC_OK;
}
