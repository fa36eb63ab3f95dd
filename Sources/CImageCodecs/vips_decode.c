// Every format but JPEG, BMP and netpbm's, through libvips: it decodes, the conversion to 8-bit RGB is ours, so that no colour
// management or gamma comes in between.
#include "internal.h"
#include "vips_internal.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

// What transparent pixels are laid on: the mean colour of ImageNet.
static const int background[3] = {124, 116, 104};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_ready;

static void be_silent(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
  (void)domain, (void)level, (void)message, (void)data;
}

static void start(void) {
  is_ready = vips_init("ImageData") == 0;
  if (!is_ready) return;
  // Worker threads are the loader's; vips must neither add its own nor keep images of the past.
  vips_concurrency_set(1);
  vips_cache_set_max(0);
#if VIPS_MAJOR_VERSION > 8 || (VIPS_MAJOR_VERSION == 8 && VIPS_MINOR_VERSION >= 13)
  vips_block_untrusted_set(TRUE);
  // JPEG 2000 counts as untrusted because libvips does not fuzz it; OpenJPEG, which does the work, is fuzzed and is what
  // PIL reads with.
  vips_operation_block_set("VipsForeignLoadJp2k", FALSE);
#endif
  g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_DEBUG,
                    be_silent, NULL);
}

bool cic_vips_start(char *reason) {
  pthread_once(&once, start);
  if (!is_ready) cic_set_reason(reason, "libvips does not start");
  return is_ready;
}

// --- dav1d's remarks -----------------------------------------------------------------------------------------------

// libheif gives AV1 to dav1d, which writes to C's stream `stderr` what it finds wrong; neither libheif nor libvips lets its
// logger be set. While such a picture is read, that stream is one that goes nowhere. Whoever writes to the descriptor, as
// the program does, is not touched.
static pthread_mutex_t quiet_lock = PTHREAD_MUTEX_INITIALIZER;
static int quiet_count;
static FILE *quiet_stream, *loud_stream;

void cic_vips_begin(cic_format format) {
#if defined(__GLIBC__) || defined(__APPLE__)
  if (format != CIC_HEIF) return;
  pthread_mutex_lock(&quiet_lock);
  if (!quiet_stream) quiet_stream = fopen("/dev/null", "w");
  if (quiet_count++ == 0 && quiet_stream) loud_stream = stderr, stderr = quiet_stream;
  pthread_mutex_unlock(&quiet_lock);
#endif
}

void cic_vips_end(cic_format format) {
#if defined(__GLIBC__) || defined(__APPLE__)
  if (format != CIC_HEIF) return;
  pthread_mutex_lock(&quiet_lock);
  if (--quiet_count == 0 && loud_stream) stderr = loud_stream, loud_stream = NULL;
  pthread_mutex_unlock(&quiet_lock);
#endif
}

// --- Files ---------------------------------------------------------------------------------------------------------

cic_status cic_vips_take_error(char *reason, cic_status status) {
  char *text = vips_error_buffer_copy();
  cic_set_reason(reason, text);
  // What libvips does not do is no damage.
  const bool is_kind = status == CIC_DAMAGED && text && strstr(text, "not supported");
  g_free(text);
  return is_kind ? CIC_UNSUPPORTED : status;
}

// The operation that reads a format. It is asked for by name, because libvips hands what its own loaders do not recognise
// to ImageMagick, whose error says nothing about the file.
static const char *loader_of(cic_format format) {
  switch (format) {
    case CIC_PNG: return "pngload_buffer";
    case CIC_WEBP: return "webpload_buffer";
    case CIC_TIFF: return "tiffload_buffer";
    case CIC_GIF: return "gifload_buffer";
    case CIC_HEIF: return "heifload_buffer";
    case CIC_JP2: return "jp2kload_buffer";
    default: return "";
  }
}

bool cic_vips_has_loader(cic_format format) {
  char reason[CIC_REASON_SIZE];
  return cic_vips_start(reason) && vips_type_find("VipsOperation", loader_of(format)) != 0;
}

VipsImage *cic_vips_open(const uint8_t *bytes, size_t count, cic_format format, int32_t page) {
  VipsImage *image = NULL;
  VipsBlob *blob = vips_blob_new(NULL, bytes, count);
  // Only some loaders know of pages; every one begins with the first.
  const int failed =
      page == 0 ? vips_call(loader_of(format), blob, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                            VIPS_FAIL_ON_ERROR, NULL)
                : vips_call(loader_of(format), blob, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                            VIPS_FAIL_ON_ERROR, "page", page, NULL);
  vips_area_unref(VIPS_AREA(blob));
  return failed ? NULL : image;
}

cic_layout cic_vips_layout(const VipsImage *image) {
  const VipsInterpretation interpretation = vips_image_get_interpretation(image);
  if (interpretation == VIPS_INTERPRETATION_CMYK) return CIC_LAYOUT_CMYK;
  if (interpretation == VIPS_INTERPRETATION_LAB || interpretation == VIPS_INTERPRETATION_LABS)
    return CIC_LAYOUT_OTHER;
  switch (vips_image_get_bands(image)) {
    case 1: return CIC_LAYOUT_GREY;
    case 2: return CIC_LAYOUT_GREY_ALPHA;
    case 3: return CIC_LAYOUT_RGB;
    case 4: return CIC_LAYOUT_RGBA;
    default: return CIC_LAYOUT_OTHER;
  }
}

// Why an image of a known format does not decode, as far as its length tells.
cic_status cic_vips_cut_or_damaged(const uint8_t *bytes, size_t count, cic_format format) {
  if (format == CIC_PNG) return count < 12 || memcmp(bytes + count - 8, "IEND", 4) ? CIC_TRUNCATED : CIC_DAMAGED;
  if (format == CIC_WEBP && count >= 8) {
    const uint32_t size = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | (uint32_t)bytes[7] << 24;
    return (size_t)size + 8 > count ? CIC_TRUNCATED : CIC_DAMAGED;
  }
  return CIC_DAMAGED;
}

static cic_status read_header(const uint8_t *bytes, size_t count, cic_format format, cic_header *header, char *reason) {
  if (!cic_vips_has_loader(format)) {
    cic_set_reason(reason, "the libvips of this machine was built without it");
    return CIC_UNSUPPORTED;
  }
  VipsImage *image = cic_vips_open(bytes, count, format, 0);
  if (!image) return cic_vips_take_error(reason, cic_vips_cut_or_damaged(bytes, count, format));
  header->width = vips_image_get_width(image), header->height = vips_image_get_height(image);
  header->layout = cic_vips_layout(image);
  header->bits = (int32_t)vips_format_sizeof(vips_image_get_format(image)) * 8;
  const int orientation = vips_image_get_orientation(image);
  header->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  g_object_unref(image);
  return CIC_OK;
}

cic_status cic_vips_header(const uint8_t *bytes, size_t count, cic_format format, cic_header *header, char *reason) {
  if (!cic_vips_start(reason)) return CIC_UNSUPPORTED;
  cic_vips_begin(format);
  const cic_status status = read_header(bytes, count, format, header, reason);
  cic_vips_end(format);
  vips_error_clear();
  vips_thread_shutdown();
  return status;
}

// --- To 8-bit RGB --------------------------------------------------------------------------------------------------

// Brings every sample to 0...255: integers of 16 bits are scaled, not clipped. Of floating-point and 32-bit samples the
// range decides: up to 1, 255 or 65,535 is taken as such a scale, anything else from its least to its greatest value.
typedef struct {
  double low, scale;
} sample_scale;

static sample_scale scale_of(const double *samples, size_t count) {
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(samples[i])) continue;
    if (samples[i] < low) low = samples[i];
    if (samples[i] > high) high = samples[i];
  }
  if (!(high > low)) return (sample_scale){0, high >= 0 && high <= 1 ? 255 : 1};
  if (low < 0 || high > 65535) return (sample_scale){low, 255 / (high - low)};
  return (sample_scale){0, high <= 1 ? 255 : high <= 255 ? 1 : 255.0 / 65535};
}

static void doubles_to_bytes(const double *samples, size_t count, uint8_t *out) {
  const sample_scale scale = scale_of(samples, count);
  for (size_t i = 0; i < count; i++) {
    const double value = isfinite(samples[i]) ? (samples[i] - scale.low) * scale.scale : 0;
    out[i] = (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5);
  }
}

static void lay_on_background(uint8_t *rgb, uint8_t alpha) {
  for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)((rgb[c] * alpha + background[c] * (255 - alpha) + 127) / 255);
}

static void bytes_to_rgb(const uint8_t *in, size_t count, int bands, cic_layout layout, uint8_t *out) {
  for (size_t i = 0; i < count; i++, in += bands, out += 3) {
    if (layout == CIC_LAYOUT_CMYK) {
      for (int c = 0; c < 3; c++) out[c] = cic_ink(in[c], in[3]);
    } else if (bands >= 3) {
      memcpy(out, in, 3);
      if (bands >= 4) lay_on_background(out, in[3]);
    } else {
      memset(out, in[0], 3);
      if (bands == 2) lay_on_background(out, in[1]);
    }
  }
}

// Samples of any type as 8 bits; `samples` is reused for the result where it already is 8 bits.
static uint8_t *to_bytes(void *samples, VipsBandFormat format, size_t count) {
  if (format == VIPS_FORMAT_UCHAR) return samples;
  uint8_t *out = malloc(count);
  if (!out) return NULL;
  if (format == VIPS_FORMAT_USHORT) {
    const uint16_t *in = samples;
    for (size_t i = 0; i < count; i++) out[i] = (uint8_t)((in[i] + 128u) / 257u);
  } else {
    doubles_to_bytes(samples, count, out);
  }
  return out;
}

// LAB becomes sRGB, and every sample type that is neither 8 nor 16 bits becomes double.
static VipsImage *prepare(VipsImage *image) {
  VipsImage *next = NULL;
  const VipsBandFormat format = vips_image_get_format(image);
  const VipsInterpretation interpretation = vips_image_get_interpretation(image);
  if (interpretation == VIPS_INTERPRETATION_LAB || interpretation == VIPS_INTERPRETATION_LABS) {
    if (vips_colourspace(image, &next, VIPS_INTERPRETATION_sRGB, NULL)) next = NULL;
  } else if (format != VIPS_FORMAT_UCHAR && format != VIPS_FORMAT_USHORT) {
    if (vips_cast(image, &next, VIPS_FORMAT_DOUBLE, NULL)) next = NULL;
  } else {
    return image;
  }
  g_object_unref(image);
  return next;
}

static cic_status convert(cic_scratch *scratch, VipsImage *image, cic_pixels *pixels, char *reason) {
  const int32_t width = vips_image_get_width(image), height = vips_image_get_height(image);
  const int bands = vips_image_get_bands(image);
  const size_t count = (size_t)width * (size_t)height;
  size_t size;
  void *samples = vips_image_write_to_memory(image, &size);
  if (!samples) return cic_vips_take_error(reason, CIC_DAMAGED);
  cic_status status = CIC_OUT_OF_MEMORY;
  uint8_t *bytes = to_bytes(samples, vips_image_get_format(image), count * (size_t)bands);
  if (bytes && cic_reserve(&scratch->decoded, count * 3)) {
    bytes_to_rgb(bytes, count, bands, cic_vips_layout(image), scratch->decoded.bytes);
    *pixels = (cic_pixels){.pixels = scratch->decoded.bytes, .stride = (size_t)width * 3,
                           .readable_end = scratch->decoded.bytes + count * 3 + CIC_PADDING,
                           .width = width, .height = height,
                           .whole_width = width, .whole_height = height, .reduction = 1};
    status = CIC_OK;
  }
  if (bytes != samples) free(bytes);
  g_free(samples);
  return status;
}

cic_status cic_vips_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_format format,
                           cic_pixels *pixels, char *reason) {
  if (!cic_vips_start(reason)) return CIC_UNSUPPORTED;
  cic_vips_begin(format);
  VipsImage *image = cic_vips_open(bytes, count, format, 0);
  if (image) image = prepare(image);
  cic_status status;
  if (image) {
    status = convert(scratch, image, pixels, reason);
    g_object_unref(image);
  } else {
    status = cic_vips_take_error(reason, CIC_DAMAGED);
  }
  cic_vips_end(format);
  if (status == CIC_DAMAGED) status = cic_vips_cut_or_damaged(bytes, count, format);
  vips_error_clear();
  // Frees what vips keeps per thread; the caller's threads do not tell vips when they end.
  vips_thread_shutdown();
  return status;
}

// Samples of 8 bits from those of 16, of which none may be lost.
static cic_status narrow(const uint16_t *samples, size_t count, uint8_t *values, char *reason) {
  for (size_t i = 0; i < count; i++) {
    if (samples[i] > UINT8_MAX) {
      char text[CIC_REASON_SIZE];
      snprintf(text, sizeof text, "it holds the value %u, and label maps hold 0 to 255; renumber its classes", samples[i]);
      cic_set_reason(reason, text);
      return CIC_UNSUPPORTED;
    }
    values[i] = (uint8_t)samples[i];
  }
  return CIC_OK;
}

cic_status cic_vips_decode_grey(const uint8_t *bytes, size_t count, int64_t maximum_pixels, uint8_t **values,
                                int32_t *width, int32_t *height, char *reason) {
  if (!cic_vips_start(reason)) return CIC_UNSUPPORTED;
  cic_status status = CIC_DAMAGED;
  VipsImage *image = cic_vips_open(bytes, count, CIC_PNG, 0);
  if (!image) {
    status = cic_vips_take_error(reason, CIC_DAMAGED);
  } else {
    *width = vips_image_get_width(image), *height = vips_image_get_height(image);
    const VipsBandFormat format = vips_image_get_format(image);
    const size_t pixels = (size_t)*width * (size_t)*height;
    size_t size;
    void *samples = NULL;
    if ((int64_t)pixels > maximum_pixels) {
      status = CIC_TOO_LARGE;
    } else if (vips_image_get_bands(image) != 1 || (format != VIPS_FORMAT_UCHAR && format != VIPS_FORMAT_USHORT)) {
      cic_set_reason(reason, "it does not decode to one channel of 8 or 16 bits");
    } else if (!(samples = vips_image_write_to_memory(image, &size))) {
      status = cic_vips_take_error(reason, CIC_DAMAGED);
    } else if (!(*values = malloc(pixels))) {
      // vips allocates with GLib, whose memory the caller could not free: hence the copy.
      status = CIC_OUT_OF_MEMORY;
    } else if (format == VIPS_FORMAT_UCHAR) {
      memcpy(*values, samples, pixels);
      status = CIC_OK;
    } else if ((status = narrow(samples, pixels, *values, reason)) != CIC_OK) {
      free(*values);
      *values = NULL;
    }
    g_free(samples);
    g_object_unref(image);
  }
  vips_error_clear();
  vips_thread_shutdown();
  return status;
}

// --- Version -------------------------------------------------------------------------------------------------------

const char *cic_description(void) {
  static char text[64];
  snprintf(text, sizeof text, "libjpeg interface %d, libvips %d.%d.%d", JPEG_LIB_VERSION, vips_version(0), vips_version(1),
           vips_version(2));
  return text;
}

// --- Text ----------------------------------------------------------------------------------------------------------

cic_status cic_draw_text(const char *text, int32_t pixels, uint8_t **coverage, int32_t *width, int32_t *height,
                         char reason[CIC_REASON_SIZE]) {
  reason[0] = 0;
  if (!cic_vips_start(reason)) return CIC_UNSUPPORTED;
  char font[32];
  snprintf(font, sizeof font, "sans %d", pixels);
  VipsImage *image = NULL;
  // At 72 dots an inch a point is a pixel.
  if (vips_text(&image, text, "font", font, "dpi", 72, NULL)) return cic_vips_take_error(reason, CIC_UNSUPPORTED);
  cic_status status = CIC_OUT_OF_MEMORY;
  size_t count = 0;
  uint8_t *bytes = vips_image_write_to_memory(image, &count);
  const size_t wanted = (size_t)vips_image_get_width(image) * (size_t)vips_image_get_height(image);
  if (bytes && count == wanted && (*coverage = malloc(count))) {
    memcpy(*coverage, bytes, count);
    *width = vips_image_get_width(image);
    *height = vips_image_get_height(image);
    status = CIC_OK;
  }
  g_free(bytes);
  g_object_unref(image);
  vips_thread_shutdown();
  return status;
}
