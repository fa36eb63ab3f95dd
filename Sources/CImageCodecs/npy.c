// NumPy's array files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1 to 3: one
// image of shape [H, W], [H, W, C] or [C, H, W]. The channels are the shorter of the first and the last axis, and the last
// where both are equal.
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAGIC = 6, AXES = 3 };

typedef struct {
  char kind;     // 'b', 'u', 'i' or 'f'
  size_t bytes;  // of a sample
  bool is_big;
  bool is_fortran;
  int axes;
  uint64_t shape[AXES];
  size_t data;  // where the samples begin
  // From the shape: lengths, and how many samples lie between neighbours along each axis.
  int32_t width, height, channels;
  size_t x_step, y_step, channel_step;
} array;

static cic_status refuse(char *reason, const char *text, cic_status status) {
  cic_set_reason(reason, text);
  return status;
}

static cic_status damaged(char *reason) { return refuse(reason, "its .npy header is not NumPy's", CIC_DAMAGED); }

// The header's text between `text` and `end`, a Python dictionary. Where a key's value begins, or null.
static const char *value_of(const char *key, const char *text, const char *end) {
  const size_t length = strlen(key);
  for (; text + length + 2 < end; text++) {
    if ((*text != '\'' && *text != '"') || memcmp(text + 1, key, length) || text[length + 1] != *text) continue;
    for (text += length + 2; text < end && *text == ' ';) text++;
    if (text == end || *text++ != ':') return NULL;
    while (text < end && *text == ' ') text++;
    return text < end ? text : NULL;
  }
  return NULL;
}

static cic_status read_type(const char *text, const char *end, array *info, char *reason) {
  const char *advice = "its samples are of no type that is read; convert them, e.g. a.astype('float32')";
  // A list describes records of several fields.
  if (*text != '\'' && *text != '"') return refuse(reason, advice, CIC_UNSUPPORTED);
  if (end - text < 5) return damaged(reason);
  static const char types[][3] = {"b1", "u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"};
  const bool ends = text[4] == *text;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (!ends || memcmp(text + 2, types[i], 2) || !strchr("<>|=", text[1]) || !text[1]) continue;
    info->kind = text[2];
    info->bytes = (size_t)(text[3] - '0');
    info->is_big = text[1] == '>';
    return CIC_OK;
  }
  char why[CIC_REASON_SIZE];
  int length = 0;
  while (length < 16 && text + 1 + length < end && text[1 + length] != *text && text[1 + length] >= ' ') length++;
  snprintf(why, sizeof why, "its samples are of NumPy's type %.*s, which is not read; convert them, e.g. "
           "a.astype('float32')", length, text + 1);
  return refuse(reason, why, CIC_UNSUPPORTED);
}

static cic_status read_shape(const char *text, const char *end, array *info, char *reason) {
  if (*text++ != '(') return damaged(reason);
  int axes = 0;
  while (true) {
    while (text < end && (*text == ' ' || *text == ',')) text++;
    if (text == end) return damaged(reason);
    if (*text == ')') break;
    uint64_t length = 0;
    const char *first = text;
    for (; text < end && *text >= '0' && *text <= '9'; text++) {
      length = length * 10 + (uint64_t)(*text - '0');
      if (length > INT32_MAX) return refuse(reason, "an impossible shape", CIC_DAMAGED);
    }
    if (text == first) return damaged(reason);
    if (axes < AXES) info->shape[axes] = length;
    axes++;
  }
  info->axes = axes;
  if (axes == 2 || axes == 3) return CIC_OK;
  char why[CIC_REASON_SIZE];
  snprintf(why, sizeof why, "it holds an array of %d axes, and an image has the shape [height, width], [height, width, "
           "channels] or [channels, height, width]; save one image a file", axes);
  return refuse(reason, why, CIC_UNSUPPORTED);
}

// Which axis is which.
static cic_status lay_out(array *info, char *reason) {
  size_t steps[AXES] = {0}, product = 1;
  for (int i = 0; i < info->axes; i++) {
    const int axis = info->is_fortran ? i : info->axes - 1 - i;
    steps[axis] = product;
    if (info->shape[axis] == 0) return refuse(reason, "its array is empty", CIC_DAMAGED);
    if (product > SIZE_MAX / 8 / info->shape[axis]) return refuse(reason, "an impossible shape", CIC_DAMAGED);
    product *= info->shape[axis];
  }
  const bool channels_first = info->axes == 3 && info->shape[0] < info->shape[2];
  const int y = channels_first ? 1 : 0, channel = channels_first ? 0 : 2;
  info->height = (int32_t)info->shape[y], info->width = (int32_t)info->shape[y + 1];
  info->y_step = steps[y], info->x_step = steps[y + 1];
  info->channels = info->axes == 3 ? (int32_t)info->shape[channel] : 1;
  info->channel_step = info->axes == 3 ? steps[channel] : 0;
  return CIC_OK;
}

static cic_status parse(const uint8_t *bytes, size_t count, array *info, char *reason) {
  memset(info, 0, sizeof *info);
  if (count < MAGIC + 6) return refuse(reason, "its header is cut short", CIC_TRUNCATED);
  const uint8_t version = bytes[MAGIC];
  if (version < 1 || version > 3) return refuse(reason, "a version of .npy that is not known", CIC_UNSUPPORTED);
  const uint8_t *field = bytes + MAGIC + 2;
  size_t length = field[0] | (size_t)field[1] << 8;
  if (version > 1) length |= (size_t)field[2] << 16 | (size_t)field[3] << 24;
  const size_t start = MAGIC + 2 + (version > 1 ? 4 : 2);
  if (length > count - start) return refuse(reason, "its header is cut short", CIC_TRUNCATED);
  info->data = start + length;
  const char *text = (const char *)bytes + start, *end = text + length;
  const char *type = value_of("descr", text, end), *order = value_of("fortran_order", text, end),
             *shape = value_of("shape", text, end);
  if (!type || !order || !shape || end - order < 5) return damaged(reason);
  info->is_fortran = !memcmp(order, "True", 4);
  if (!info->is_fortran && memcmp(order, "False", 5)) return damaged(reason);
  cic_status status = read_type(type, end, info, reason);
  if (status == CIC_OK) status = read_shape(shape, end, info, reason);
  if (status == CIC_OK) status = lay_out(info, reason);
  return status;
}

static cic_sample_type type_of(const array *info) {
  if (info->kind == 'f') return info->bytes == 8 ? CIC_FLOAT64 : CIC_FLOAT32;
  const bool is_signed = info->kind == 'i';
  if (info->bytes == 1) return is_signed ? CIC_INT8 : CIC_UINT8;
  if (info->bytes == 2) return is_signed ? CIC_INT16 : CIC_UINT16;
  return is_signed ? CIC_INT32 : CIC_UINT32;
}

cic_status cic_npy_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header, char *reason) {
  array info;
  const cic_status status = parse(bytes, count, &info, reason);
  if (status != CIC_OK) return status;
  header->width = info.width, header->height = info.height;
  header->channels = info.channels;
  header->type = type_of(&info);
  header->bits = info.kind == 'b' ? 1 : (int32_t)info.bytes * 8;
  return CIC_OK;
}

// --- Samples -------------------------------------------------------------------------------------------------------

float cic_half_to_float(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float magnitude = exponent == 31   ? (fraction ? NAN : INFINITY)
                          : exponent == 0 ? ldexpf((float)fraction, -24)
                                          : ldexpf((float)(fraction + 1024), exponent - 25);
  return bits >> 15 ? -magnitude : magnitude;
}

static float sample_at(const uint8_t *at, const array *info) {
  uint64_t bits = 0;
  for (size_t i = 0; i < info->bytes; i++) bits |= (uint64_t)at[info->is_big ? info->bytes - 1 - i : i] << 8 * i;
  if (info->kind == 'b') return bits ? 1 : 0;
  if (info->kind == 'u') return (float)bits;
  if (info->kind == 'i') {
    const int unused = 64 - 8 * (int)info->bytes;
    return (float)((int64_t)(bits << unused) >> unused);
  }
  if (info->bytes == 2) return cic_half_to_float((uint16_t)bits);
  float single;
  double twofold;
  const uint32_t low = (uint32_t)bits;
  memcpy(&single, &low, sizeof single);
  memcpy(&twofold, &bits, sizeof twofold);
  return info->bytes == 4 ? single : (float)twofold;
}

static cic_status check_length(const array *info, size_t count, char *reason) {
  const size_t samples = (size_t)info->width * (size_t)info->height * (size_t)info->channels;
  if ((count - info->data) / info->bytes >= samples) return CIC_OK;
  return refuse(reason, "the file ends before its last sample", CIC_TRUNCATED);
}

cic_status cic_npy_samples(const uint8_t *bytes, size_t count, int64_t maximum_values, cic_samples *out, char *reason) {
  array info;
  cic_status status = parse(bytes, count, &info, reason);
  if (status == CIC_OK) status = check_length(&info, count, reason);
  if (status == CIC_OK) status = cic_allocate_samples(out, info.width, info.height, info.channels, maximum_values);
  if (status != CIC_OK) return status;
  float *value = out->values;
  for (size_t y = 0; y < (size_t)info.height; y++)
    for (size_t x = 0; x < (size_t)info.width; x++)
      for (size_t c = 0; c < (size_t)info.channels; c++) {
        const size_t index = y * info.y_step + x * info.x_step + c * info.channel_step;
        *value++ = sample_at(bytes + info.data + index * info.bytes, &info);
      }
  return CIC_OK;
}

// --- 8-bit RGB -----------------------------------------------------------------------------------------------------

static cic_status parse_bytes(const uint8_t *bytes, size_t count, array *info, char *reason) {
  const cic_status status = parse(bytes, count, info, reason);
  if (status != CIC_OK) return status;
  if (info->kind == 'u' && info->bytes == 1 && (info->channels == 1 || info->channels == 3)) return CIC_OK;
  const char *kind = info->kind == 'b' ? "bool" : info->kind == 'u' ? "uint" : info->kind == 'i' ? "int" : "float";
  char bits[4] = "";
  if (info->kind != 'b') snprintf(bits, sizeof bits, "%zu", info->bytes * 8 % 100);
  char why[CIC_REASON_SIZE];
  snprintf(why, sizeof why, "it holds %d channel%s of %s%s, and only 1 or 3 channels of uint8 are read as a picture; "
           "these images are read as photographs; --reading channels reads its channels", (int)info->channels, info->channels == 1 ? "" : "s", kind,
           bits);
  return refuse(reason, why, CIC_UNSUPPORTED);
}

cic_status cic_npy_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason) {
  array info;
  const cic_status status = parse_bytes(bytes, count, &info, reason);
  if (status != CIC_OK) return status;
  header->width = info.width, header->height = info.height;
  header->layout = info.channels == 3 ? CIC_LAYOUT_RGB : CIC_LAYOUT_GREY;
  header->bits = 8;
  return CIC_OK;
}

cic_status cic_npy_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_pixels *pixels, char *reason) {
  array info;
  cic_status status = parse_bytes(bytes, count, &info, reason);
  if (status == CIC_OK) status = check_length(&info, count, reason);
  if (status != CIC_OK) return status;
  const size_t area = (size_t)info.width * (size_t)info.height;
  if (!cic_reserve(&scratch->decoded, area * 3)) return CIC_OUT_OF_MEMORY;
  uint8_t *rgb = scratch->decoded.bytes;
  // Of a grey array the step between channels is 0: its sample is read three times.
  for (size_t y = 0; y < (size_t)info.height; y++)
    for (size_t x = 0; x < (size_t)info.width; x++)
      for (size_t c = 0; c < 3; c++)
        *rgb++ = bytes[info.data + y * info.y_step + x * info.x_step + c * info.channel_step];
  rgb = scratch->decoded.bytes;
  *pixels = (cic_pixels){.pixels = rgb, .stride = (size_t)info.width * 3, .readable_end = rgb + area * 3 + CIC_PADDING,
                         .width = info.width, .height = info.height,
                         .whole_width = info.width, .whole_height = info.height, .reduction = 1};
  return CIC_OK;
}
