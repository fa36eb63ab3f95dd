// The stored values of every format that libvips reads, as floating point.
#include "vips_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool sample_type(VipsBandFormat format, cic_sample_type *type) {
  switch (format) {
    case VIPS_FORMAT_UCHAR: return *type = CIC_UINT8, true;
    case VIPS_FORMAT_CHAR: return *type = CIC_INT8, true;
    case VIPS_FORMAT_USHORT: return *type = CIC_UINT16, true;
    case VIPS_FORMAT_SHORT: return *type = CIC_INT16, true;
    case VIPS_FORMAT_UINT: return *type = CIC_UINT32, true;
    case VIPS_FORMAT_INT: return *type = CIC_INT32, true;
    case VIPS_FORMAT_FLOAT: return *type = CIC_FLOAT32, true;
    case VIPS_FORMAT_DOUBLE: return *type = CIC_FLOAT64, true;
    default: return false;
  }
}

// --- Header --------------------------------------------------------------------------------------------------------

// Bits a sample of JPEG 2000's first component, which its main header begins with (ISO/IEC 15444-1, A.5.1); 0 where there
// is none among the first bytes.
static int32_t bits_of_jp2(const uint8_t *bytes, size_t count) {
  enum { PRECISION = 42, SEARCHED = 1 << 16 };
  for (size_t i = 0; i + PRECISION < count && i < SEARCHED; i++)
    if (!memcmp(bytes + i, "\xff\x4f\xff\x51", 4)) return (bytes[i + PRECISION] & 0x7f) + 1;
  return 0;
}

// Bits a sample where the file has fewer than its type; PNG's are in its header's fixed place.
static int32_t significant_bits(VipsImage *image, const uint8_t *bytes, size_t count, cic_format format) {
  const int32_t bits = (int32_t)vips_format_sizeof(vips_image_get_format(image)) * 8;
  int found = 0;
  if (format == CIC_PNG && count > 25 && (bytes[25] == 0 || bytes[25] == 4)) found = bytes[24];
  if (format == CIC_JP2) found = bits_of_jp2(bytes, count);
  if (format == CIC_HEIF && vips_image_get_typeof(image, "heif-bitdepth"))
    vips_image_get_int(image, "heif-bitdepth", &found);
  return found > 0 && found < bits ? found : bits;
}

static cic_status read_header(const uint8_t *bytes, size_t count, cic_sample_header *header, char *reason) {
  VipsImage *image = cic_vips_open(bytes, count, header->format, 0);
  if (!image) return cic_vips_take_error(reason, cic_vips_cut_or_damaged(bytes, count, header->format));
  cic_status status = CIC_OK;
  header->width = vips_image_get_width(image), header->height = vips_image_get_height(image);
  header->channels = vips_image_get_bands(image);
  header->has_opacity = vips_image_hasalpha(image);
  header->bits = significant_bits(image, bytes, count, header->format);
  const int orientation = vips_image_get_orientation(image);
  header->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  if (!sample_type(vips_image_get_format(image), &header->type)) {
    cic_set_reason(reason, "its samples are complex numbers; save their real parts or magnitudes");
    status = CIC_UNSUPPORTED;
  }
  g_object_unref(image);
  return status;
}

cic_status cic_vips_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header, char *reason) {
  if (!cic_vips_has_loader(header->format)) {
    cic_set_reason(reason, "the libvips of this machine was built without it");
    return CIC_UNSUPPORTED;
  }
  cic_vips_begin(header->format);
  const cic_status status = read_header(bytes, count, header, reason);
  cic_vips_end(header->format);
  vips_error_clear();
  vips_thread_shutdown();
  return status;
}

// --- Samples -------------------------------------------------------------------------------------------------------

// Copies `channels` of `bands` interleaved samples of each pixel into every `stride`-th place.
#define COPY(TYPE)                                                                                        \
  {                                                                                                       \
    const TYPE *in = samples;                                                                             \
    for (size_t i = 0; i < pixels; i++, in += bands, out += stride)                                       \
      for (size_t c = 0; c < channels; c++) out[c] = (float)in[c];                                        \
    break;                                                                                                \
  }

static void copy_samples(const void *samples, cic_sample_type type, size_t pixels, size_t bands, size_t channels,
                         size_t stride, float *out) {
  switch (type) {
    case CIC_UINT8: COPY(uint8_t)
    case CIC_INT8: COPY(int8_t)
    case CIC_UINT16: COPY(uint16_t)
    case CIC_INT16: COPY(int16_t)
    case CIC_UINT32: COPY(uint32_t)
    case CIC_INT32: COPY(int32_t)
    case CIC_FLOAT32: COPY(float)
    case CIC_FLOAT64: COPY(double)
  }
}

static void copy_halves(const uint16_t *in, size_t pixels, size_t bands, size_t channels, size_t stride, float *out) {
  for (size_t i = 0; i < pixels; i++, in += bands, out += stride)
    for (size_t c = 0; c < channels; c++) out[c] = cic_half_to_float(in[c]);
}

static void copy_doubles(const uint32_t *in, bool high_first, size_t pixels, size_t bands, size_t channels,
                         size_t stride, float *out) {
  for (size_t i = 0; i < pixels; i++, in += bands, out += stride)
    for (size_t c = 0; c < channels; c++) {
      const uint64_t bits = (uint64_t)in[2 * c + !high_first] << 32 | in[2 * c + high_first];
      double value;
      memcpy(&value, &bits, sizeof value);
      out[c] = (float)value;
    }
}

// Copies a page's samples to its first pixel's place at `out`.
static void copy_page(const void *samples, cic_sample_type type, size_t bands, const cic_sample_request *request,
                      const cic_samples *whole, float *out) {
  const size_t pixels = (size_t)whole->width * (size_t)whole->height, stride = (size_t)whole->channels;
  const size_t channels = (size_t)request->channels;
  if (request->recoding == CIC_AS_IS) {
    copy_samples(samples, type, pixels, bands, channels, stride, out);
  } else if (request->recoding == CIC_HALF) {
    copy_halves(samples, pixels, bands, channels, stride, out);
  } else {
    copy_doubles(samples, request->recoding == CIC_DOUBLE_HIGH_FIRST, pixels, bands, channels, stride, out);
  }
}

// Bands that libvips reads for each channel, and their type where samples are disguised.
static bool fits(const VipsImage *image, const cic_sample_request *request, cic_sample_type type) {
  const int32_t bands = vips_image_get_bands(image);
  if (request->recoding == CIC_AS_IS) return bands >= request->channels;
  if (request->recoding == CIC_HALF) return type == CIC_UINT16 && bands >= request->channels;
  return type == CIC_UINT32 && bands / 2 >= request->channels;
}

static cic_status check(const VipsImage *image, const cic_sample_request *request, int32_t page, const cic_samples *out,
                        cic_sample_type *type, char *reason) {
  const int32_t width = vips_image_get_width(image), height = vips_image_get_height(image);
  if (!sample_type(vips_image_get_format(image), type)) {
    cic_set_reason(reason, "its samples are complex numbers; save their real parts or magnitudes");
    return CIC_UNSUPPORTED;
  }
  if (!fits(image, request, *type) || (page > 0 && (width != out->width || height != out->height))) {
    cic_set_reason(reason, "libvips reads other sizes or channels than its header says");
    return CIC_DAMAGED;
  }
  return CIC_OK;
}

// libvips has one kind of error, and says of what it and libtiff do not read that it is not supported.
static cic_status failure(const uint8_t *bytes, size_t count, cic_format format, char *reason) {
  static const char *const words[] = {"not supported", "unsupported", "not implemented", "not configured"};
  const cic_status status = cic_vips_take_error(reason, cic_vips_cut_or_damaged(bytes, count, format));
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strstr(reason, words[i])) {
      char text[CIC_REASON_SIZE];
      snprintf(text, sizeof text, "%.200s; save it without compression or as PNG", reason);
      cic_set_reason(reason, text);
      return CIC_UNSUPPORTED;
    }
  return status;
}

static cic_status read_page(const uint8_t *bytes, size_t count, const cic_sample_request *request, int32_t page,
                            cic_samples *out, char *reason) {
  VipsImage *image = cic_vips_open(bytes, count, request->format, request->pages[page]);
  if (!image) return failure(bytes, count, request->format, reason);
  cic_sample_type type;
  void *samples = NULL;
  size_t size;
  cic_status status = check(image, request, page, out, &type, reason);
  if (status == CIC_OK && page == 0)
    status = cic_allocate_samples(out, vips_image_get_width(image), vips_image_get_height(image),
                                  request->channels * request->page_count, request->maximum_values);
  if (status == CIC_OK && !(samples = vips_image_write_to_memory(image, &size)))
    status = failure(bytes, count, request->format, reason);
  if (status == CIC_OK)
    copy_page(samples, type, (size_t)vips_image_get_bands(image), request, out, out->values + page * request->channels);
  g_free(samples);
  g_object_unref(image);
  return status;
}

cic_status cic_vips_samples(const uint8_t *bytes, size_t count, const cic_sample_request *request, cic_samples *out,
                            char *reason) {
  if (!cic_vips_start(reason)) return CIC_UNSUPPORTED;
  cic_vips_begin(request->format);
  cic_status status = CIC_OK;
  for (int32_t page = 0; page < request->page_count && status == CIC_OK; page++)
    status = read_page(bytes, count, request, page, out, reason);
  cic_vips_end(request->format);
  vips_error_clear();
  vips_thread_shutdown();
  return status;
}
