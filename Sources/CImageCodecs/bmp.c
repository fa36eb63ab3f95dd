// BMP and DIB: libvips reads them only through ImageMagick, which does not belong in a loader of foreign files.
#include "internal.h"

#include <string.h>

enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40 };
enum { BI_RGB = 0, BI_RLE8 = 1, BI_RLE4 = 2, BI_BITFIELDS = 3, BI_ALPHABITFIELDS = 6 };

typedef struct {
  int32_t width, height, bits;
  bool top_down;
  uint32_t compression;
  size_t pixel_offset, palette_offset, palette_entry, palette_count;
  uint32_t masks[3];
} bitmap;

static uint32_t word(const uint8_t *p) { return p[0] | p[1] << 8; }
static uint32_t dword(const uint8_t *p) { return word(p) | word(p + 2) << 16; }

static cic_status refuse(char *reason, const char *text, cic_status status) {
  cic_set_reason(reason, text);
  return status;
}

static bool has_file_header(const uint8_t *bytes) { return bytes[0] == 'B' && bytes[1] == 'M'; }

bool cic_bmp_starts(const uint8_t *bytes, size_t count) {
  if (count < 26) return false;
  if (has_file_header(bytes)) {
    // Text may begin with the two letters too.
    const uint32_t header = dword(bytes + FILE_HEADER);
    return header == CORE_HEADER || (header >= INFO_HEADER && header <= 256);
  }
  if (count < INFO_HEADER) return false;
  const uint32_t header = dword(bytes), bits = word(bytes + 14);
  return (header == INFO_HEADER || header == 108 || header == 124) && word(bytes + 12) == 1 &&
         (bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32);
}

static bool has_masks(const bitmap *info) {
  return info->compression == BI_BITFIELDS || info->compression == BI_ALPHABITFIELDS;
}

// `header` is where the bitmap's own header begins, of which `count` bytes are there.
static cic_status read_masks(const uint8_t *header, size_t count, bitmap *info, char *reason) {
  if (info->compression == BI_RGB) {
    const uint32_t five[3] = {0x7C00, 0x03E0, 0x001F}, eight[3] = {0xFF0000, 0xFF00, 0xFF};
    memcpy(info->masks, info->bits == 16 ? five : eight, sizeof five);
    return CIC_OK;
  }
  if (!has_masks(info)) return refuse(reason, "compressed BMP", CIC_UNSUPPORTED);
  if (info->bits != 16 && info->bits != 32) return refuse(reason, "BMP bit fields of odd depth", CIC_DAMAGED);
  if (count < INFO_HEADER + 12) return refuse(reason, "header cut short", CIC_TRUNCATED);
  for (int c = 0; c < 3; c++) {
    info->masks[c] = dword(header + INFO_HEADER + 4 * c);
    if (info->masks[c] == 0) return refuse(reason, "an empty bit field", CIC_DAMAGED);
  }
  return CIC_OK;
}

static cic_status check_compression(bitmap *info, char *reason) {
  if (info->compression == BI_RGB) return CIC_OK;
  const bool fits = (info->compression == BI_RLE8 && info->bits == 8) || (info->compression == BI_RLE4 && info->bits == 4);
  if (!fits) return refuse(reason, "compressed BMP", CIC_UNSUPPORTED);
  return info->top_down ? refuse(reason, "run lengths from the top", CIC_DAMAGED) : CIC_OK;
}

static cic_status parse(const uint8_t *bytes, size_t count, bitmap *info, char *reason) {
  const size_t base = has_file_header(bytes) ? FILE_HEADER : 0;
  const uint8_t *fields = bytes + base;
  const size_t header = dword(fields);
  memset(info, 0, sizeof *info);
  info->palette_offset = base + header;
  if (header == CORE_HEADER) {
    info->width = (int32_t)word(fields + 4), info->height = (int32_t)word(fields + 6);
    info->bits = (int32_t)word(fields + 10);
    info->palette_entry = 3;
  } else if (header >= INFO_HEADER && header <= 256) {
    if (count < base + INFO_HEADER) return refuse(reason, "header cut short", CIC_TRUNCATED);
    const int32_t height = (int32_t)dword(fields + 8);
    if (height == INT32_MIN) return refuse(reason, "impossible height", CIC_DAMAGED);
    info->width = (int32_t)dword(fields + 4), info->height = height < 0 ? -height : height;
    info->top_down = height < 0;
    info->bits = (int32_t)word(fields + 14);
    info->compression = dword(fields + 16);
    info->palette_count = dword(fields + 32);
    info->palette_entry = 4;
    if (header == INFO_HEADER && has_masks(info)) info->palette_offset += info->compression == BI_BITFIELDS ? 12 : 16;
  } else {
    return refuse(reason, "unknown BMP header", CIC_NOT_AN_IMAGE);
  }
  if (info->width <= 0 || info->height <= 0) return refuse(reason, "zero width or height", CIC_DAMAGED);
  const size_t most = info->bits <= 8 ? (size_t)1 << info->bits : 0;
  if (info->palette_count == 0 || info->palette_count > most) info->palette_count = most;
  // Without a file header, pixels follow what is in front of them.
  info->pixel_offset =
      base > 0 ? dword(bytes + 10) : info->palette_offset + info->palette_count * info->palette_entry;
  switch (info->bits) {
    case 1: case 4: case 8: return check_compression(info, reason);
    case 16: case 24: case 32: return read_masks(fields, count - base, info, reason);
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

// --- Rows ----------------------------------------------------------------------------------------------------------

static uint8_t field(uint32_t value, uint32_t mask) {
  const int shift = __builtin_ctz(mask);
  const uint32_t most = mask >> shift;
  return (uint8_t)((((value & mask) >> shift) * (uint64_t)255 + most / 2) / most);
}

static void put_colour(const bitmap *info, const uint8_t *palette, size_t index, uint8_t *out) {
  const uint8_t *entry = palette + (index < info->palette_count ? index : 0) * info->palette_entry;
  out[0] = entry[2], out[1] = entry[1], out[2] = entry[0];
}

static void read_palette_row(const uint8_t *row, const bitmap *info, const uint8_t *palette, uint8_t *out) {
  const int per_byte = 8 / info->bits;
  for (int32_t x = 0; x < info->width; x++, out += 3) {
    const int shift = 8 - info->bits * (x % per_byte + 1);
    put_colour(info, palette, row[x / per_byte] >> shift & ((1 << info->bits) - 1), out);
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

static cic_status read_rows(const uint8_t *bytes, size_t count, const bitmap *info, uint8_t *rgb, char *reason) {
  const size_t row_bits = (size_t)info->width * (size_t)info->bits;
  const size_t row_bytes = (row_bits + 31) / 32 * 4;
  // Some programs leave the padding of the last row out.
  const size_t missing = row_bytes - (row_bits + 7) / 8;
  if (info->pixel_offset > count || (count - info->pixel_offset + missing) / row_bytes < (size_t)info->height)
    return refuse(reason, "the file ends before its last row", CIC_TRUNCATED);
  for (int32_t y = 0; y < info->height; y++, rgb += (size_t)info->width * 3) {
    const uint8_t *row = bytes + info->pixel_offset + row_bytes * (size_t)(info->top_down ? y : info->height - 1 - y);
    if (info->bits <= 8) {
      read_palette_row(row, info, bytes + info->palette_offset, rgb);
    } else {
      read_direct_row(row, info, rgb);
    }
  }
  return CIC_OK;
}

// --- Run lengths ---------------------------------------------------------------------------------------------------

typedef struct {
  const bitmap *info;
  uint8_t *indices;  // [height, width], from the bottom row
  int32_t x, y;
} pen;

// Writes the `i`th pixel of a run or a literal; what would stick out of the row is dropped.
static void draw(pen *pen, uint8_t byte, int32_t i) {
  if (pen->x >= pen->info->width) return;
  const bool is_nibble = pen->info->bits == 4;
  pen->indices[(size_t)pen->y * (size_t)pen->info->width + (size_t)pen->x++] =
      !is_nibble ? byte : i % 2 ? byte & 15 : byte >> 4;
}

// Decodes run lengths of palette indices (wingdi.h, BI_RLE4 and BI_RLE8). Pixels that no run reaches keep index 0.
static cic_status read_runs(const uint8_t *in, const uint8_t *end, const bitmap *info, uint8_t *indices, char *reason) {
  pen pen = {.info = info, .indices = indices};
  while (pen.y < info->height) {
    if (end - in < 2) {
      const bool is_complete = pen.y == info->height - 1 && pen.x == info->width;
      return is_complete ? CIC_OK : refuse(reason, "the file ends before its last row", CIC_TRUNCATED);
    }
    const int32_t length = in[0], value = in[1];
    in += 2;
    if (length > 0) {
      for (int32_t i = 0; i < length; i++) draw(&pen, (uint8_t)value, i);
    } else if (value == 0) {
      pen.x = 0, pen.y++;
    } else if (value == 1) {
      return CIC_OK;
    } else if (value == 2) {
      if (end - in < 2) continue;
      pen.x = pen.x + in[0] < info->width ? pen.x + in[0] : info->width;
      pen.y += in[1];
      in += 2;
    } else {
      const int32_t size = info->bits == 4 ? (value + 1) / 2 : value;
      if (end - in < size) return refuse(reason, "the file ends before its last row", CIC_TRUNCATED);
      for (int32_t i = 0; i < value; i++) draw(&pen, in[info->bits == 4 ? i / 2 : i], i);
      // Literals are padded to whole words.
      in += size + (size % 2 && end - in > size);
    }
  }
  return CIC_OK;
}

static cic_status read_compressed(cic_scratch *scratch, const uint8_t *bytes, size_t count, const bitmap *info,
                                  uint8_t *rgb, char *reason) {
  const size_t width = (size_t)info->width, area = width * (size_t)info->height;
  if (info->pixel_offset > count) return refuse(reason, "the file ends before its pixels begin", CIC_TRUNCATED);
  if (!cic_reserve(&scratch->line, area)) return CIC_OUT_OF_MEMORY;
  uint8_t *indices = scratch->line.bytes;
  memset(indices, 0, area);
  const cic_status status = read_runs(bytes + info->pixel_offset, bytes + count, info, indices, reason);
  if (status != CIC_OK) return status;
  for (size_t y = 0; y < (size_t)info->height; y++) {
    const uint8_t *row = indices + ((size_t)info->height - 1 - y) * width;
    for (size_t x = 0; x < width; x++, rgb += 3) put_colour(info, bytes + info->palette_offset, row[x], rgb);
  }
  return CIC_OK;
}

cic_status cic_bmp_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_pixels *pixels, char *reason) {
  bitmap info;
  cic_status status = parse(bytes, count, &info, reason);
  if (status != CIC_OK) return status;
  if (info.palette_offset + info.palette_count * info.palette_entry > count)
    return refuse(reason, "the file ends before its last row", CIC_TRUNCATED);
  const size_t stride = (size_t)info.width * 3, size = stride * (size_t)info.height;
  if (!cic_reserve(&scratch->decoded, size)) return CIC_OUT_OF_MEMORY;
  uint8_t *rgb = scratch->decoded.bytes;
  const bool is_compressed = info.compression == BI_RLE8 || info.compression == BI_RLE4;
  status = is_compressed ? read_compressed(scratch, bytes, count, &info, rgb, reason)
                         : read_rows(bytes, count, &info, rgb, reason);
  if (status != CIC_OK) return status;
  *pixels = (cic_pixels){.pixels = rgb, .stride = stride, .readable_end = rgb + size + CIC_PADDING,
                         .width = info.width, .height = info.height,
                         .whole_width = info.width, .whole_height = info.height, .reduction = 1};
  return CIC_OK;
}
