// PNG and TIFF, through libvips.
#include "vips_internal.h"

#include <stdlib.h>
#include <string.h>

// A view of the caller's pixels as a picture of libvips; null on failure.
static VipsImage *wrap(const void *pixels, size_t size, int32_t width, int32_t height, int32_t channels,
                       VipsBandFormat format, VipsInterpretation interpretation) {
  VipsImage *raw = vips_image_new_from_memory(pixels, size, width, height, channels, format);
  VipsImage *image = NULL;
  if (raw && vips_copy(raw, &image, "interpretation", interpretation, NULL)) image = NULL;
  if (raw) g_object_unref(raw);
  return image;
}

// vips allocates with GLib, whose memory the caller could not free: hence the copy.
static cic_status take(void *memory, size_t count, uint8_t **encoded) {
  *encoded = malloc(count);
  if (*encoded) memcpy(*encoded, memory, count);
  g_free(memory);
  return *encoded ? CIC_OK : CIC_OUT_OF_MEMORY;
}

static cic_status end(VipsImage *image, cic_status status) {
  if (image) g_object_unref(image);
  vips_error_clear();
  vips_thread_shutdown();
  return status;
}

cic_status cic_encode_png(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **encoded,
                          size_t *encoded_count, char reason[CIC_REASON_SIZE]) {
  reason[0] = 0;
  if (!cic_vips_start(reason)) return CIC_UNSUPPORTED;
  const size_t size = (size_t)width * (size_t)height * (size_t)channels;
  VipsImage *image = wrap(pixels, size, width, height, channels, VIPS_FORMAT_UCHAR,
                          channels == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
  void *memory = NULL;
  if (!image || vips_pngsave_buffer(image, &memory, encoded_count, "strip", TRUE, NULL))
    return end(image, cic_vips_take_error(reason, CIC_OUT_OF_MEMORY));
  return end(image, take(memory, *encoded_count, encoded));
}

// --- TIFF ----------------------------------------------------------------------------------------------------------

static uint16_t short_at(const uint8_t *bytes) {
  uint16_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static uint32_t long_at(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

// libvips calls every channel beyond grey or colours opacity (ExtraSamples 2); they have no meaning here (0). It writes
// in the machine's byte order.
static void forget_opacity(uint8_t *tiff, size_t count) {
  enum { ENTRY = 12, EXTRA_SAMPLES = 338 };
  const size_t directory = count >= 8 ? long_at(tiff + 4) : count;
  if (directory + 2 > count) return;
  uint8_t *entry = tiff + directory + 2;
  for (size_t left = short_at(tiff + directory); left > 0 && entry + ENTRY <= tiff + count; left--, entry += ENTRY) {
    if (short_at(entry) != EXTRA_SAMPLES) continue;
    const size_t size = 2 * (size_t)long_at(entry + 4);
    const size_t place = size <= 4 ? (size_t)(entry + 8 - tiff) : long_at(entry + 8);
    if (place + size <= count) memset(tiff + place, 0, size);
  }
}

static bool band_format(cic_sample_type type, VipsBandFormat *format) {
  switch (type) {
    case CIC_UINT8: return *format = VIPS_FORMAT_UCHAR, true;
    case CIC_INT8: return *format = VIPS_FORMAT_CHAR, true;
    case CIC_UINT16: return *format = VIPS_FORMAT_USHORT, true;
    case CIC_INT16: return *format = VIPS_FORMAT_SHORT, true;
    case CIC_UINT32: return *format = VIPS_FORMAT_UINT, true;
    case CIC_INT32: return *format = VIPS_FORMAT_INT, true;
    case CIC_FLOAT32: return *format = VIPS_FORMAT_FLOAT, true;
    default: return false;
  }
}

cic_status cic_encode_tiff(const void *samples, cic_sample_type type, int32_t width, int32_t height, int32_t channels,
                           uint8_t **encoded, size_t *encoded_count, char reason[CIC_REASON_SIZE]) {
  reason[0] = 0;
  VipsBandFormat format;
  if (!band_format(type, &format) || !cic_vips_start(reason)) return CIC_UNSUPPORTED;
  const size_t size = (size_t)width * (size_t)height * (size_t)channels * vips_format_sizeof(format);
  VipsImage *image = wrap(samples, size, width, height, channels, format, VIPS_INTERPRETATION_MULTIBAND);
  void *memory = NULL;
  if (!image || vips_tiffsave_buffer(image, &memory, encoded_count, "compression",
                                     VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE, "strip", TRUE, NULL))
    return end(image, cic_vips_take_error(reason, CIC_OUT_OF_MEMORY));
  forget_opacity(memory, *encoded_count);
  return end(image, take(memory, *encoded_count, encoded));
}
