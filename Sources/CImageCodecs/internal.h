// Shared by the files of this target only.
#ifndef CIMAGECODECS_INTERNAL_H
#define CIMAGECODECS_INTERNAL_H

#include "CImageCodecs.h"

// One version of a loop per processor, chosen when the program is loaded.
#if defined(__x86_64__) && defined(__linux__)
#define CIC_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CIC_CLONES
#endif

// Bytes that may be read (not used) past the end of every scratch buffer, so that vector loads need no tail case.
enum { CIC_PADDING = 64 };

typedef struct {
  uint8_t *bytes;
  size_t capacity;
} cic_buffer;

struct cic_scratch {
  cic_buffer decoded;       // pixels as stored in the file
  cic_buffer upright;       // the same after the EXIF orientation
  cic_buffer line;          // a few lines: CMYK rows; source rows that may not be read past their end
  cic_buffer intermediate;  // after the horizontal pass
  cic_buffer taps[2];       // filter weights of both axes
  cic_buffer blurred;       // also the copy that sharpness, affine maps and turns read
  cic_buffer completed;     // a JPEG with the end marker that its file lacks
};

// Makes room for `count` bytes and the padding; keeps no contents. False when memory runs out.
bool cic_reserve(cic_buffer *buffer, size_t count);

void cic_set_reason(char reason[CIC_REASON_SIZE], const char *text);

// The format of a file's bytes; CIC_EMPTY, CIC_NOT_AN_IMAGE, or CIC_UNSUPPORTED with the way out as the reason.
cic_status cic_recognise(const uint8_t *bytes, size_t count, cic_format *format, char *reason);

// Orientation 1...8 as three steps from stored to upright: transpose, then mirror left-right, then mirror top-bottom.
typedef struct {
  bool transpose, mirror_x, mirror_y;
} cic_orientation_steps;
cic_orientation_steps cic_steps_of(int32_t orientation);

// The orientation tag (1...8) of a TIFF-structured EXIF block; 1 when there is none.
int32_t cic_exif_orientation(const uint8_t *tiff, size_t count);

// How far apart the outputs of an axis lie in its source, how far a filter reaches, and the step of its argument.
typedef struct {
  double scale, support, inverse;
} cic_axis_scale;

// The source positions that one output depends on.
typedef struct {
  int32_t first, count;
} cic_tap_span;

cic_axis_scale cic_scale_of(const cic_axis *axis, cic_filter filter);
int32_t cic_most_taps(cic_axis_scale scale);
// Fills the weights of one output, whose sum is 1; there is room for cic_most_taps of them.
cic_tap_span cic_weigh_taps(const cic_axis *axis, cic_axis_scale scale, cic_filter filter, int32_t output,
                            double *weights);

// A region as stored in the file, decoded into scratch->decoded.
typedef cic_status (*cic_decoder)(cic_scratch *, const uint8_t *, size_t, cic_box, int32_t, cic_pixels *, char *);

cic_status cic_jpeg_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason);
cic_status cic_jpeg_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_box stored_box,
                           int32_t reduction, cic_pixels *pixels, char *reason);
cic_status cic_bmp_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason);
cic_status cic_bmp_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_pixels *pixels, char *reason);
cic_status cic_pnm_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason);
cic_status cic_pnm_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_pixels *pixels, char *reason);
cic_status cic_npy_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason);
cic_status cic_npy_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_pixels *pixels, char *reason);
// Whether netpbm's magic number, white space and a number begin the bytes.
bool cic_pnm_starts(const uint8_t *bytes, size_t count);
// Whether a bitmap's header begins the bytes, after a file header or, as in .dib files, without one.
bool cic_bmp_starts(const uint8_t *bytes, size_t count);
bool cic_vips_has_loader(cic_format format);
cic_status cic_vips_header(const uint8_t *bytes, size_t count, cic_format format, cic_header *header, char *reason);
cic_status cic_vips_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_format format,
                           cic_pixels *pixels, char *reason);
// An 8-bit grey PNG's samples as stored; the caller frees *values.
cic_status cic_vips_decode_grey(const uint8_t *bytes, size_t count, int64_t maximum_pixels, uint8_t **values,
                                int32_t *width, int32_t *height, char *reason);

// A number of half precision from its bits.
float cic_half_to_float(uint16_t bits);

// Memory for samples, which the caller of cic_decode_samples frees; CIC_TOO_LARGE where there would be too many.
cic_status cic_allocate_samples(cic_samples *samples, int32_t width, int32_t height, int32_t channels,
                                int64_t maximum_values);
// Headers and samples as stored; a header's `format` is set.
cic_status cic_vips_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header, char *reason);
cic_status cic_vips_samples(const uint8_t *bytes, size_t count, const cic_sample_request *request, cic_samples *out,
                            char *reason);
cic_status cic_pnm_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header, char *reason);
cic_status cic_pnm_samples(const uint8_t *bytes, size_t count, int64_t maximum_values, cic_samples *out, char *reason);
cic_status cic_npy_sample_header(const uint8_t *bytes, size_t count, cic_sample_header *header, char *reason);
cic_status cic_npy_samples(const uint8_t *bytes, size_t count, int64_t maximum_values, cic_samples *out, char *reason);

// Colour of CMYK ink (0 none, 255 full), by PIL's formula.
static inline uint8_t cic_ink(uint8_t ink, uint8_t black) {
  const uint32_t paper = 255u - black;
  const uint32_t product = ink * paper + 128u;
  return (uint8_t)(paper - ((product + (product >> 8)) >> 8));
}

#endif
