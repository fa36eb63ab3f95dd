// Netpbm's bitmaps, greymaps and pixmaps, plain and raw (P1 ... P6; https://netpbm.sourceforge.net/doc/ppm.html): the
// first picture of a file. libvips has a reader, but not for foreign files.
#include "internal.h"

#include <string.h>

typedef struct {
  char kind;  // '1' ... '6'
  int32_t width, height;
  uint32_t most;  // the sample that is full brightness
  size_t data;    // where the samples begin
} netpbm;

static cic_status refuse(char *reason, const char *text, cic_status status) {
  cic_set_reason(reason, text);
  return status;
}

static bool is_space(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
static bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

// Passes over white space and comments.
static size_t skip(const uint8_t *bytes, size_t count, size_t at) {
  while (at < count && (is_space(bytes[at]) || bytes[at] == '#')) {
    if (bytes[at] == '#')
      while (at < count && bytes[at] != '\n' && bytes[at] != '\r') at++;
    else
      at++;
  }
  return at;
}

// The next number, at most 2^31 - 1, after which `at` is.
static cic_status next_number(const uint8_t *bytes, size_t count, size_t *at, uint32_t *number, char *reason) {
  size_t place = skip(bytes, count, *at);
  if (place == count) return refuse(reason, "the file ends inside its numbers", CIC_TRUNCATED);
  if (!is_digit(bytes[place])) return refuse(reason, "a number is expected and something else is there", CIC_DAMAGED);
  uint64_t value = 0;
  for (; place < count && is_digit(bytes[place]); place++) {
    value = value * 10 + (bytes[place] - '0');
    if (value > INT32_MAX) return refuse(reason, "an impossible number", CIC_DAMAGED);
  }
  *at = place;
  *number = (uint32_t)value;
  return CIC_OK;
}

// Passes over a number and what is before it. What is no number, or does not end as one, may be text; the end may be cut off.
static bool passes_number(const uint8_t *bytes, size_t count, size_t *at) {
  const size_t start = skip(bytes, count, *at);
  size_t end = start;
  while (end < count && is_digit(bytes[end])) end++;
  *at = end;
  return end == count || (end > start && (is_space(bytes[end]) || bytes[end] == '#'));
}

bool cic_pnm_starts(const uint8_t *bytes, size_t count) {
  if (count < 4 || bytes[0] != 'P' || bytes[1] < '1' || bytes[1] > '6' || !is_space(bytes[2])) return false;
  size_t at = 2;
  if (!passes_number(bytes, count, &at) || !passes_number(bytes, count, &at)) return false;
  // Comments may fill all of the first bytes.
  return at < count || count >= CIC_SNIFFED;
}

static bool is_bitmap(const netpbm *info) { return info->kind == '1' || info->kind == '4'; }
static bool is_plain(const netpbm *info) { return info->kind <= '3'; }
static int channels_of(const netpbm *info) { return info->kind == '3' || info->kind == '6' ? 3 : 1; }

static cic_status parse(const uint8_t *bytes, size_t count, netpbm *info, char *reason) {
  memset(info, 0, sizeof *info);
  info->kind = (char)bytes[1];
  info->most = 1;
  size_t at = 2;
  uint32_t sides[2];
  for (int i = 0; i < 2; i++) {
    const cic_status status = next_number(bytes, count, &at, &sides[i], reason);
    if (status != CIC_OK) return status;
  }
  info->width = (int32_t)sides[0], info->height = (int32_t)sides[1];
  if (info->width == 0 || info->height == 0) return refuse(reason, "zero width or height", CIC_DAMAGED);
  if (!is_bitmap(info)) {
    const cic_status status = next_number(bytes, count, &at, &info->most, reason);
    if (status != CIC_OK) return status;
    if (info->most == 0 || info->most > 65535) return refuse(reason, "an impossible largest sample", CIC_DAMAGED);
  }
  // One white space ends the header; raw samples may look like any.
  if (at == count) return refuse(reason, "the file ends before its pixels begin", CIC_TRUNCATED);
  if (!is_space(bytes[at])) return refuse(reason, "its header does not end", CIC_DAMAGED);
  info->data = at + 1;
  return CIC_OK;
}

cic_status cic_pnm_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason) {
  netpbm info;
  const cic_status status = parse(bytes, count, &info, reason);
  header->width = info.width, header->height = info.height;
  header->layout = channels_of(&info) == 3 ? CIC_LAYOUT_RGB : CIC_LAYOUT_GREY;
  header->bits = is_bitmap(&info) ? 1 : info.most > 255 ? 16 : 8;
  return status;
}

// A sample as 8 bits; in a bitmap, 1 is black.
static uint8_t scaled(const netpbm *info, uint32_t sample) {
  if (is_bitmap(info)) return sample ? 0 : 255;
  return info->most == 255 ? (uint8_t)sample : (uint8_t)((sample * 255 + info->most / 2) / info->most);
}

// Where samples go: to 8-bit RGB, or as they are stored.
typedef struct {
  uint8_t *rgb;
  float *values;
} target;

// Writes a sample to its channel, or a grey one to all three.
static void put(const netpbm *info, size_t index, uint32_t sample, target out) {
  if (out.values) {
    // In a bitmap, 1 is black; elsewhere larger is brighter.
    out.values[index] = (float)(is_bitmap(info) ? !sample : sample);
  } else if (channels_of(info) == 3) {
    out.rgb[index] = scaled(info, sample);
  } else {
    memset(out.rgb + 3 * index, scaled(info, sample), 3);
  }
}

static cic_status read_plain(const uint8_t *bytes, size_t count, const netpbm *info, size_t samples, target out,
                             char *reason) {
  size_t at = info->data;
  for (size_t i = 0; i < samples; i++) {
    uint32_t sample;
    if (is_bitmap(info)) {
      // Digits of a plain bitmap need no space between them.
      at = skip(bytes, count, at);
      if (at == count) return refuse(reason, "the file ends before its last row", CIC_TRUNCATED);
      sample = bytes[at++] - (uint32_t)'0';
    } else {
      const cic_status status = next_number(bytes, count, &at, &sample, reason);
      if (status != CIC_OK) return status;
    }
    if (sample > info->most) return refuse(reason, "a sample above the largest", CIC_DAMAGED);
    put(info, i, sample, out);
  }
  return CIC_OK;
}

static cic_status read_raw(const uint8_t *bytes, size_t count, const netpbm *info, target out, char *reason) {
  const size_t samples = (size_t)info->width * (size_t)channels_of(info);
  const size_t row_bytes = is_bitmap(info) ? (samples + 7) / 8 : info->most > 255 ? 2 * samples : samples;
  if ((count - info->data) / row_bytes < (size_t)info->height)
    return refuse(reason, "the file ends before its last row", CIC_TRUNCATED);
  for (int32_t y = 0; y < info->height; y++) {
    const uint8_t *row = bytes + info->data + row_bytes * (size_t)y;
    for (size_t i = 0; i < samples; i++) {
      const uint32_t sample = is_bitmap(info)      ? row[i / 8] >> (7 - i % 8) & 1
                              : info->most > 255 ? (uint32_t)row[2 * i] << 8 | row[2 * i + 1]
                                                 : row[i];
      if (sample > info->most) return refuse(reason, "a sample above the largest", CIC_DAMAGED);
      put(info, (size_t)y * samples + i, sample, out);
    }
  }
  return CIC_OK;
}

static cic_status read_samples(const uint8_t *bytes, size_t count, const netpbm *info, target out, char *reason) {
  const size_t samples = (size_t)info->width * (size_t)info->height * (size_t)channels_of(info);
  return is_plain(info) ? read_plain(bytes, count, info, samples, out, reason)
                        : read_raw(bytes, count, info, out, reason);
}

cic_status cic_pnm_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header, char *reason) {
  netpbm info;
  const cic_status status = parse(bytes, count, &info, reason);
  if (status != CIC_OK) return status;
  header->width = info.width, header->height = info.height;
  header->channels = channels_of(&info);
  header->type = info.most > 255 ? CIC_UINT16 : CIC_UINT8;
  header->bits = 0;
  for (uint32_t most = info.most; most > 0; most >>= 1) header->bits++;
  return CIC_OK;
}

cic_status cic_pnm_samples(const uint8_t *bytes, size_t count, int64_t maximum_values, cic_samples *out, char *reason) {
  netpbm info;
  cic_status status = parse(bytes, count, &info, reason);
  if (status == CIC_OK) status = cic_allocate_samples(out, info.width, info.height, channels_of(&info), maximum_values);
  if (status == CIC_OK) status = read_samples(bytes, count, &info, (target){.values = out->values}, reason);
  return status;
}

cic_status cic_pnm_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_pixels *pixels, char *reason) {
  netpbm info;
  cic_status status = parse(bytes, count, &info, reason);
  if (status != CIC_OK) return status;
  const size_t area = (size_t)info.width * (size_t)info.height;
  if (!cic_reserve(&scratch->decoded, area * 3)) return CIC_OUT_OF_MEMORY;
  uint8_t *rgb = scratch->decoded.bytes;
  status = read_samples(bytes, count, &info, (target){.rgb = rgb}, reason);
  if (status != CIC_OK) return status;
  *pixels = (cic_pixels){.pixels = rgb, .stride = (size_t)info.width * 3, .readable_end = rgb + area * 3 + CIC_PADDING,
                         .width = info.width, .height = info.height,
                         .whole_width = info.width, .whole_height = info.height, .reduction = 1};
  return CIC_OK;
}
