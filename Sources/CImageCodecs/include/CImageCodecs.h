// The pixel work of ImageData that must be C: libjpeg's longjmp may not cross Swift frames, libvips' functions are
// variadic, and the hot loops need one version per processor. Nothing here prints; every failure is a returned status.
#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- Results -------------------------------------------------------------------------------------------------------

typedef enum {
  CIC_OK = 0,
  CIC_EMPTY,
  CIC_NOT_AN_IMAGE,
  CIC_UNSUPPORTED,
  CIC_TRUNCATED,
  CIC_DAMAGED,
  CIC_TOO_LARGE,
  CIC_OUT_OF_MEMORY,
} cic_status;

typedef enum {
  CIC_JPEG = 0,
  CIC_PNG,
  CIC_WEBP,
  CIC_TIFF,
  CIC_BMP,
  CIC_GIF,
  CIC_HEIF,
  CIC_PNM,
  CIC_JP2,
  CIC_NPY,
} cic_format;

typedef enum {
  CIC_LAYOUT_GREY = 0,
  CIC_LAYOUT_GREY_ALPHA,
  CIC_LAYOUT_RGB,
  CIC_LAYOUT_RGBA,
  CIC_LAYOUT_CMYK,
  CIC_LAYOUT_OTHER,
} cic_layout;

enum { CIC_REASON_SIZE = 320 };

// What a file says of itself. Width and height are as stored, before the EXIF orientation (1...8).
typedef struct {
  cic_format format;
  cic_layout layout;
  int32_t width, height;
  int32_t bits;
  int32_t orientation;
} cic_header;

// --- Scratch memory ------------------------------------------------------------------------------------------------

// Buffers that grow to the largest image seen and are then reused; one per worker thread.
typedef struct cic_scratch cic_scratch;
cic_scratch *cic_scratch_create(void);
void cic_scratch_destroy(cic_scratch *scratch);

// Interleaved 8-bit RGB. `x`, `y` say where the first pixel lies in the whole (reduced, upright) image, `reduction` by
// how much that image is smaller than the file's. Memory up to `readable_end` may be read, beyond a row's own end too.
typedef struct {
  const uint8_t *pixels;
  size_t stride;
  const uint8_t *readable_end;
  int32_t x, y, width, height;
  int32_t whole_width, whole_height;
  int32_t reduction;
} cic_pixels;

typedef struct {
  int32_t x, y, width, height;
} cic_box;

// --- Decoding ------------------------------------------------------------------------------------------------------

// Recognises the format by the first bytes, of which CIC_SNIFFED are enough.
enum { CIC_SNIFFED = 64 };
bool cic_sniff(const uint8_t *bytes, size_t count, cic_format *format);

// Whether files of a format can be read here; some need a libvips that was built with them.
bool cic_can_read(cic_format format);

// Reads the header only. `reason` receives a short text on failure.
cic_status cic_read_header(const uint8_t *bytes, size_t count, cic_header *header, char reason[CIC_REASON_SIZE]);

// Decodes at least the pixels of `box` (upright coordinates of the full-size image) to 8-bit RGB, upright, into the
// scratch memory, where they stay until its next use. `reduction` (1, 2, 4, 8) is how much a JPEG may be reduced while
// it is decoded; other formats ignore it and decode whole.
cic_status cic_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_box box, int32_t reduction,
                      int64_t maximum_pixels, cic_pixels *pixels, char reason[CIC_REASON_SIZE]);

// The stored values of a PNG of one channel, grey or palette: neither palette nor gamma is applied. A value above 255 is
// CIC_UNSUPPORTED, and the reason names it.
// [height, width], which the caller frees with cic_free.
cic_status cic_decode_labels(const uint8_t *bytes, size_t count, int64_t maximum_pixels, uint8_t **values,
                             int32_t *width, int32_t *height, char reason[CIC_REASON_SIZE]);

// --- Samples as stored ---------------------------------------------------------------------------------------------

typedef enum {
  CIC_UINT8 = 0,
  CIC_INT8,
  CIC_UINT16,
  CIC_INT16,
  CIC_UINT32,
  CIC_INT32,
  CIC_FLOAT32,
  CIC_FLOAT64,
} cic_sample_type;

// Width and height are as stored, before the orientation (1...8); `bits` are those of a sample that the file uses.
typedef struct {
  cic_format format;
  int32_t width, height, channels;
  cic_sample_type type;
  int32_t bits;
  int32_t orientation;
  bool has_opacity;
} cic_sample_header;

// Reads the header only. Of a TIFF it says what libvips makes of the first page.
cic_status cic_read_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header,
                                  char reason[CIC_REASON_SIZE]);

// How the samples of a file are disguised as others that libvips knows: half precision as unsigned numbers of 16 bits,
// double precision as two of 32.
typedef enum {
  CIC_AS_IS = 0,
  CIC_HALF,
  CIC_DOUBLE_LOW_FIRST,
  CIC_DOUBLE_HIGH_FIRST,
} cic_recoding;

// What to decode. Of every page, counted from 0, the first `channels` are taken. Formats other than TIFF have one page.
typedef struct {
  cic_format format;
  const int32_t *pages;
  int32_t page_count;
  int32_t channels;
  int32_t orientation;
  cic_recoding recoding;
  int64_t maximum_values;
} cic_sample_request;

// Interleaved, upright: [height, width, channels], the channels of one page after those of another.
typedef struct {
  float *values;
  int32_t width, height, channels;
} cic_samples;

// Decodes to the stored values, but for these: libvips spreads 1, 2 and 4 bits over 0...255 and HEIF's 10 or 12 bits over
// 16. The caller frees samples->values with cic_free.
cic_status cic_decode_samples(const uint8_t *bytes, size_t count, const cic_sample_request *request,
                              cic_samples *samples, char reason[CIC_REASON_SIZE]);

// What a file of a format that is known but not read is, and how to convert it; null for any other.
const char *cic_foreign_advice(const uint8_t *bytes, size_t count);

// --- Resampling ----------------------------------------------------------------------------------------------------

typedef enum { CIC_BILINEAR = 0, CIC_BICUBIC, CIC_LANCZOS } cic_filter;

// One axis of a resize: source interval [start, end] becomes `size` outputs, of which only
// window_start ..< window_start + window_size are made; taps outside [low, high) do not count.
typedef struct {
  double start, end;
  int32_t low, high;
  int32_t size;
  int32_t window_start, window_size;
} cic_axis;

// The source positions first ..< last which the axis' window reads.
void cic_axis_extent(const cic_axis *axis, cic_filter filter, int32_t *first, int32_t *last);

// Resizes as PIL does (antialiased, horizontal pass first, 8 bits between the passes) into `destination`, tightly
// packed [window height, window width, 3]. `pixels->x`, `pixels->y` are in the coordinates of the axes.
cic_status cic_resample(cic_scratch *scratch, const cic_pixels *pixels, const cic_axis *horizontal,
                        const cic_axis *vertical, cic_filter filter, bool flip, uint8_t *destination);

// --- Colour, in place on `count` interleaved RGB pixels ------------------------------------------------------------

void cic_adjust_brightness(uint8_t *pixels, size_t count, float factor);
void cic_adjust_contrast(uint8_t *pixels, size_t count, float factor);
void cic_adjust_saturation(uint8_t *pixels, size_t count, float factor);
// `shift` in 1/256 turns of PIL's 8-bit hue.
void cic_adjust_hue(uint8_t *pixels, size_t count, uint8_t shift);
void cic_greyscale(uint8_t *pixels, size_t count);
void cic_solarize(uint8_t *pixels, size_t count, int32_t threshold);
void cic_solarize_add(uint8_t *pixels, size_t count, int32_t addition, int32_t threshold);
void cic_invert(uint8_t *pixels, size_t count);
// Keeps the `bits` upper bits of each value.
void cic_posterize(uint8_t *pixels, size_t count, int32_t bits);
// PIL's ImageOps.autocontrast and ImageOps.equalize, each channel by itself.
void cic_auto_contrast(uint8_t *pixels, size_t count);
void cic_equalize(uint8_t *pixels, size_t count);
// PIL's ImageEnhance.Sharpness: 0 is smoothed, 1 no change.
cic_status cic_adjust_sharpness(cic_scratch *scratch, uint8_t *pixels, int32_t width, int32_t height, float factor);
// PIL's affine transform by bicubic interpolation: the output at (x, y) shows the input at
// (m0 x + m1 y + m2, m3 x + m4 y + m5), pixels counted by their centres; `fill` outside.
cic_status cic_affine(cic_scratch *scratch, uint8_t *pixels, int32_t width, int32_t height, const double matrix[6],
                      const uint8_t fill[3]);
// PIL's GaussianBlur: three extended box blurs along each axis.
cic_status cic_gaussian_blur(cic_scratch *scratch, uint8_t *pixels, int32_t width, int32_t height, float radius);

// --- Pixels of float channels --------------------------------------------------------------------------------------

// [height, width, channels], tightly packed. `x`, `y` say where the first pixel lies in the coordinates of the axes.
typedef struct {
  const float *values;
  int32_t x, y, width, height, channels;
} cic_floats;

// Resizes as PIL does (antialiased), without rounding or clipping, into [window height, window width, channels].
cic_status cic_resample_floats(cic_scratch *scratch, const cic_floats *image, const cic_axis *horizontal,
                               const cic_axis *vertical, cic_filter filter, bool flip, float *destination);
// A sampled Gaussian of standard deviation `radius`, cut off at 4 of them, in place; the edges are repeated.
cic_status cic_blur_floats(cic_scratch *scratch, float *pixels, int32_t width, int32_t height, int32_t channels,
                           float radius);
// The mean of each channel of `count` pixels.
void cic_channel_means(const float *pixels, size_t count, int32_t channels, float *means);
// Every value times `factor` plus its channel's offset, in place.
void cic_scale_channels(float *pixels, size_t count, int32_t channels, float factor, const float *offsets);

// --- Mirror images and quarter turns -------------------------------------------------------------------------------

// Exchanges rows and columns where `transposed`, of a square only, then left and right where `mirrored`, then top and
// bottom where `upside_down`. In place, on pixels of any size.
cic_status cic_turn(cic_scratch *scratch, void *pixels, int32_t width, int32_t height, size_t pixel_size,
                    bool transposed, bool mirrored, bool upside_down);

// --- Encoding ------------------------------------------------------------------------------------------------------

// `channels` is 1 or 3. The caller frees *encoded with cic_free.
cic_status cic_encode_png(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **encoded,
                          size_t *encoded_count, char reason[CIC_REASON_SIZE]);
// Interleaved samples of uint8, uint16 or float32, compressed without loss; of three channels and more
// the first three are red, green and blue.
cic_status cic_encode_tiff(const void *samples, cic_sample_type type, int32_t width, int32_t height, int32_t channels,
                           uint8_t **encoded, size_t *encoded_count, char reason[CIC_REASON_SIZE]);
cic_status cic_encode_jpeg(const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, uint8_t **encoded,
                           size_t *encoded_count, char reason[CIC_REASON_SIZE]);
void cic_free(void *memory);

/// The image libraries in use, with their versions.
const char *cic_description(void);

// --- Text ----------------------------------------------------------------------------------------------------------

// A line of UTF-8 text in a sans-serif face: bytes of coverage, row by row, to be freed with cic_free. `pixels` is the
// height of its capitals and what reaches above and below them, roughly.
cic_status cic_draw_text(const char *text, int32_t pixels, uint8_t **coverage, int32_t *width, int32_t *height,
                         char reason[CIC_REASON_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
