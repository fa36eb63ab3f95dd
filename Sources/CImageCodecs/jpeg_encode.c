// JPEG encoding through libjpeg-turbo.
#include "internal.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf escape;
  char *reason;
} error_manager;

static void on_error(j_common_ptr common) {
  error_manager *errors = (error_manager *)common->err;
  char text[JMSG_LENGTH_MAX];
  errors->base.format_message(common, text);
  cic_set_reason(errors->reason, text);
  longjmp(errors->escape, 1);
}

static void be_silent(j_common_ptr common) { (void)common; }

cic_status cic_encode_jpeg(const uint8_t *pixels, int32_t width, int32_t height, int32_t quality, uint8_t **encoded,
                           size_t *encoded_count, char reason[CIC_REASON_SIZE]) {
  struct jpeg_compress_struct cinfo;
  error_manager errors = {.reason = reason};
  unsigned char *volatile memory = NULL;
  unsigned long size = 0;
  reason[0] = 0;
  cinfo.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = on_error;
  errors.base.output_message = be_silent;
  jpeg_create_compress(&cinfo);
  if (setjmp(errors.escape)) {
    jpeg_destroy_compress(&cinfo);
    free(memory);
    return CIC_OUT_OF_MEMORY;
  }
  jpeg_mem_dest(&cinfo, (unsigned char **)&memory, &size);
  cinfo.image_width = (JDIMENSION)width;
  cinfo.image_height = (JDIMENSION)height;
  cinfo.input_components = 3;
  cinfo.in_color_space = JCS_RGB;
  jpeg_set_defaults(&cinfo);
  jpeg_set_quality(&cinfo, quality, TRUE);
  // At high quality halved chroma would be the largest error left.
  const int sampling = quality >= 90 ? 1 : 2;
  cinfo.comp_info[0].h_samp_factor = cinfo.comp_info[0].v_samp_factor = sampling;
  jpeg_start_compress(&cinfo, TRUE);
  while (cinfo.next_scanline < cinfo.image_height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)cinfo.next_scanline * (size_t)width * 3);
    jpeg_write_scanlines(&cinfo, &row, 1);
  }
  jpeg_finish_compress(&cinfo);
  jpeg_destroy_compress(&cinfo);
  *encoded = memory;
  *encoded_count = size;
  return CIC_OK;
}
