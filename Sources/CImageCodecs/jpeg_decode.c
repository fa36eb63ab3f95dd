// JPEG through libjpeg-turbo: header, and decoding of a region at full, half, quarter or eighth size.
#include "internal.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#if JPEG_LIB_VERSION >= 70
#define SMALLEST_BLOCK(cinfo) ((cinfo)->min_DCT_h_scaled_size)
#else
#define SMALLEST_BLOCK(cinfo) ((cinfo)->min_DCT_scaled_size)
#endif

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf escape;
  cic_status status;
  char *reason;
} error_manager;

static void fail(j_common_ptr common, cic_status status) {
  error_manager *errors = (error_manager *)common->err;
  char text[JMSG_LENGTH_MAX];
  errors->base.format_message(common, text);
  cic_set_reason(errors->reason, text);
  errors->status = status;
  longjmp(errors->escape, 1);
}

static void on_error(j_common_ptr common) {
  switch (common->err->msg_code) {
    case JERR_OUT_OF_MEMORY: fail(common, CIC_OUT_OF_MEMORY); break;
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF: fail(common, CIC_TRUNCATED); break;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED: fail(common, CIC_UNSUPPORTED); break;
    default: fail(common, CIC_DAMAGED); break;
  }
}

// libjpeg goes on after a warning with grey pixels. Where a warning means that pixels are lost, that is an error here;
// stray bytes between markers or an odd Adobe marker lose nothing.
static void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;
  switch (common->err->msg_code) {
    case JWRN_JPEG_EOF: fail(common, CIC_TRUNCATED); break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL: fail(common, CIC_DAMAGED); break;
    default: break;
  }
}

static void be_silent(j_common_ptr common) { (void)common; }

// --- Header --------------------------------------------------------------------------------------------------------

static bool is_frame_marker(uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static cic_status read_frame(uint8_t marker, const uint8_t *segment, size_t length, cic_header *header, char *reason) {
  if (length < 6) return cic_set_reason(reason, "frame header cut short"), CIC_DAMAGED;
  header->bits = segment[0];
  header->height = segment[1] << 8 | segment[2];
  header->width = segment[3] << 8 | segment[4];
  const int components = segment[5];
  header->layout = components == 1   ? CIC_LAYOUT_GREY
                   : components == 3 ? CIC_LAYOUT_RGB
                   : components == 4 ? CIC_LAYOUT_CMYK
                                     : CIC_LAYOUT_OTHER;
  const bool known = marker == 0xC0 || marker == 0xC1 || marker == 0xC2 || marker == 0xC9 || marker == 0xCA;
  if (!known || header->bits != 8 || header->layout == CIC_LAYOUT_OTHER) {
    cic_set_reason(reason, "a JPEG variant (lossless, hierarchical, 12-bit or multi-channel) that libjpeg does not read");
    return CIC_UNSUPPORTED;
  }
  if (header->width == 0 || header->height == 0) return cic_set_reason(reason, "zero width or height"), CIC_DAMAGED;
  return CIC_OK;
}

// Walks the markers up to the first scan. libjpeg would do, at ten times the cost and without the EXIF block.
static cic_status walk_markers(const uint8_t *bytes, size_t count, cic_header *header, size_t *scan, char *reason) {
  bool has_frame = false;
  size_t at = 2;
  while (at + 4 <= count) {
    if (bytes[at] != 0xFF) {
      at++;  // stray bytes between segments: libjpeg skips them too
      continue;
    }
    const uint8_t marker = bytes[at + 1];
    if (marker == 0xFF || marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += marker == 0xFF ? 1 : 2;
      continue;
    }
    if (marker == 0xD9) break;
    const size_t length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
    if (length < 2) return cic_set_reason(reason, "a segment of impossible length"), CIC_DAMAGED;
    if (at + 2 + length > count) break;
    const uint8_t *segment = bytes + at + 4;
    if (is_frame_marker(marker) && !has_frame) {
      const cic_status status = read_frame(marker, segment, length - 2, header, reason);
      if (status != CIC_OK) return status;
      has_frame = true;
    } else if (marker == 0xE1 && length >= 8 && memcmp(segment, "Exif\0\0", 6) == 0) {
      header->orientation = cic_exif_orientation(segment + 6, length - 8);
    } else if (marker == 0xDA) {
      if (!has_frame) return cic_set_reason(reason, "a scan without a frame header"), CIC_DAMAGED;
      *scan = at + 2 + length;
      return CIC_OK;
    }
    at += 2 + length;
  }
  cic_set_reason(reason, "the file ends before its pixels begin");
  return CIC_TRUNCATED;
}

cic_status cic_jpeg_header(const uint8_t *bytes, size_t count, cic_header *header, char *reason) {
  size_t scan;
  return walk_markers(bytes, count, header, &scan, reason);
}

// Whether the end marker is there, which no other data of a scan can look like. Looked for from the back, since it nearly
// always is the last two bytes.
static bool has_end_marker(const uint8_t *bytes, size_t count, size_t scan) {
  for (size_t at = count; at >= scan + 2; at--)
    if (bytes[at - 1] == 0xD9 && bytes[at - 2] == 0xFF) return true;
  return false;
}

// --- Pixels --------------------------------------------------------------------------------------------------------

static void cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb, int32_t count, bool inverted) {
  for (int32_t i = 0; i < count; i++, cmyk += 4, rgb += 3) {
    const uint8_t flip = inverted ? 255 : 0;
    const uint8_t black = cmyk[3] ^ flip;
    for (int c = 0; c < 3; c++) rgb[c] = cic_ink(cmyk[c] ^ flip, black);
  }
}

// The columns [x, x + width) to ask libjpeg for: one block more on either side where chroma is subsampled, because
// fancy upsampling at the edge of a cut looks at a neighbour that the cut has removed.
static void widen_columns(const struct jpeg_decompress_struct *cinfo, int32_t *x, int32_t *width) {
  if (cinfo->max_h_samp_factor == 1) return;
  const int32_t margin = cinfo->max_h_samp_factor * SMALLEST_BLOCK(cinfo);
  int32_t end = *x + *width + margin;
  if (end > (int32_t)cinfo->output_width) end = (int32_t)cinfo->output_width;
  *x = *x > margin ? *x - margin : 0;
  *width = end - *x;
}

static cic_status read_rows(struct jpeg_decompress_struct *cinfo, cic_scratch *scratch, cic_pixels *pixels) {
  const size_t row_bytes = (size_t)cinfo->output_width * 3;
  const size_t size = row_bytes * (size_t)pixels->height;
  if (!cic_reserve(&scratch->decoded, size)) return CIC_OUT_OF_MEMORY;
  const bool is_cmyk = cinfo->out_color_space == JCS_CMYK;
  if (is_cmyk && !cic_reserve(&scratch->line, (size_t)cinfo->output_width * 4)) return CIC_OUT_OF_MEMORY;
  int32_t y = 0;
  while (y < pixels->height) {
    if (is_cmyk) {
      JSAMPROW row = scratch->line.bytes;
      if (jpeg_read_scanlines(cinfo, &row, 1) != 1) return CIC_DAMAGED;
      cmyk_to_rgb(row, scratch->decoded.bytes + (size_t)y * row_bytes, (int32_t)cinfo->output_width,
                  cinfo->saw_Adobe_marker);
      y++;
      continue;
    }
    JSAMPROW rows[16];
    const int32_t wanted = pixels->height - y < 16 ? pixels->height - y : 16;
    for (int32_t i = 0; i < wanted; i++) rows[i] = scratch->decoded.bytes + (size_t)(y + i) * row_bytes;
    const JDIMENSION read = jpeg_read_scanlines(cinfo, rows, (JDIMENSION)wanted);
    if (read == 0) return CIC_DAMAGED;
    y += (int32_t)read;
  }
  pixels->pixels = scratch->decoded.bytes;
  pixels->stride = row_bytes;
  pixels->readable_end = scratch->decoded.bytes + size + CIC_PADDING;
  return CIC_OK;
}

static cic_status decode_region(struct jpeg_decompress_struct *cinfo, cic_scratch *scratch, cic_box box,
                                int32_t reduction, cic_pixels *pixels) {
  cinfo->scale_num = 8 / (unsigned)reduction;
  cinfo->scale_denom = 8;
  const bool is_cmyk = cinfo->jpeg_color_space == JCS_CMYK || cinfo->jpeg_color_space == JCS_YCCK;
  cinfo->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(cinfo);
  const int32_t whole_width = (int32_t)cinfo->output_width, whole_height = (int32_t)cinfo->output_height;
  // The box in reduced pixels, rounded outwards.
  int32_t x = box.x / reduction, y = box.y / reduction;
  int32_t right = (box.x + box.width + reduction - 1) / reduction;
  int32_t bottom = (box.y + box.height + reduction - 1) / reduction;
  if (right > whole_width) right = whole_width;
  if (bottom > whole_height) bottom = whole_height;
  const int32_t wanted_x = x, wanted_width = right - x;
  int32_t width = wanted_width;
  widen_columns(cinfo, &x, &width);
  if (x > 0 || width < whole_width) {
    JDIMENSION column = (JDIMENSION)x, columns = (JDIMENSION)width;
    jpeg_crop_scanline(cinfo, &column, &columns);
    x = (int32_t)column;
  }
  if (y > 0 && jpeg_skip_scanlines(cinfo, (JDIMENSION)y) != (JDIMENSION)y) return CIC_DAMAGED;
  *pixels = (cic_pixels){.x = wanted_x, .y = y, .width = wanted_width, .height = bottom - y,
                         .whole_width = whole_width, .whole_height = whole_height, .reduction = reduction};
  const cic_status status = read_rows(cinfo, scratch, pixels);
  if (status != CIC_OK) return status;
  pixels->pixels += (size_t)(wanted_x - x) * 3;
  return CIC_OK;
}

// What to do between a JPEG's header and its end.
typedef cic_status (*decompress_body)(struct jpeg_decompress_struct *cinfo, void *context);

static cic_status decompress(const uint8_t *bytes, size_t count, decompress_body body, void *context, char *reason) {
  struct jpeg_decompress_struct cinfo;
  error_manager errors = {.reason = reason};
  cinfo.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = on_error;
  errors.base.emit_message = on_message;
  errors.base.output_message = be_silent;
  jpeg_create_decompress(&cinfo);
  if (setjmp(errors.escape)) {
    jpeg_destroy_decompress(&cinfo);
    return errors.status;
  }
  jpeg_mem_src(&cinfo, bytes, count);
  jpeg_read_header(&cinfo, TRUE);
  const cic_status status = body(&cinfo, context);
  jpeg_destroy_decompress(&cinfo);
  return status;
}

typedef struct {
  const cic_header *header;
  cic_scratch *scratch;
  cic_box box;
  int32_t reduction;
  cic_pixels *pixels;
  char *reason;
} region_request;

static cic_status read_region(struct jpeg_decompress_struct *cinfo, void *context) {
  const region_request *request = context;
  if ((int32_t)cinfo->image_width != request->header->width ||
      (int32_t)cinfo->image_height != request->header->height) {
    cic_set_reason(request->reason, "two frame headers that disagree");
    return CIC_DAMAGED;
  }
  return decode_region(cinfo, request->scratch, request->box, request->reduction, request->pixels);
}

// --- Without an end marker -----------------------------------------------------------------------------------------

// Whether scans have brought every component, and in a progressive file every bit of every coefficient. In a file of one
// scan the decoder itself notices what is missing.
static bool has_all_scans(const struct jpeg_decompress_struct *cinfo) {
  for (int c = 0; c < cinfo->num_components; c++) {
    if (!cinfo->comp_info[c].quant_table) return false;
    for (int k = 0; cinfo->progressive_mode && k < DCTSIZE2; k++)
      if (cinfo->coef_bits[c][k] != 0) return false;
  }
  return true;
}

// Goes through all of the picture, at an eighth of its size: the decoder warns, which is an error, where data is missing.
static cic_status check_whole(struct jpeg_decompress_struct *cinfo, void *context) {
  cic_scratch *scratch = context;
  cinfo->scale_num = 1, cinfo->scale_denom = 8;
  jpeg_start_decompress(cinfo);
  if (!cic_reserve(&scratch->line, (size_t)cinfo->output_width * (size_t)cinfo->output_components))
    return CIC_OUT_OF_MEMORY;
  while (cinfo->output_scanline < cinfo->output_height) {
    JSAMPROW row = scratch->line.bytes;
    if (jpeg_read_scanlines(cinfo, &row, 1) != 1) return CIC_TRUNCATED;
  }
  return has_all_scans(cinfo) ? CIC_OK : CIC_TRUNCATED;
}

// Adds the marker in scratch memory, where nothing but the marker is missing. Every region of a cut file must be refused,
// or else it would be readable in one epoch and not in another: hence the look at all of it.
static cic_status complete(cic_scratch *scratch, const uint8_t **bytes, size_t *count, char *reason) {
  if (!cic_reserve(&scratch->completed, *count + 2)) return CIC_OUT_OF_MEMORY;
  uint8_t *copy = scratch->completed.bytes;
  memcpy(copy, *bytes, *count);
  copy[*count] = 0xFF, copy[*count + 1] = 0xD9;
  const cic_status status = decompress(copy, *count + 2, check_whole, scratch, reason);
  if (status == CIC_OUT_OF_MEMORY) return status;
  if (status != CIC_OK) return cic_set_reason(reason, "it ends before its last pixels"), CIC_TRUNCATED;
  *bytes = copy, *count += 2;
  return CIC_OK;
}

cic_status cic_jpeg_decode(cic_scratch *scratch, const uint8_t *bytes, size_t count, cic_box stored_box,
                           int32_t reduction, cic_pixels *pixels, char *reason) {
  cic_header header;
  size_t scan;
  cic_status status = walk_markers(bytes, count, &header, &scan, reason);
  if (status == CIC_OK && !has_end_marker(bytes, count, scan)) status = complete(scratch, &bytes, &count, reason);
  if (status != CIC_OK) return status;
  region_request request = {.header = &header, .scratch = scratch, .box = stored_box, .reduction = reduction,
                            .pixels = pixels, .reason = reason};
  return decompress(bytes, count, read_region, &request, reason);
}
