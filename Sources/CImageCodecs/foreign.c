// Formats of instruments and of scientific data that are known but not read: what they are, and what makes them TIFF.
#include "internal.h"

#include <string.h>

typedef struct {
  size_t offset, length;
  const char *magic;
  const char *advice;
} foreign_format;

#define BIO_FORMATS "; convert it to OME-TIFF with Bio-Formats: bfconvert "

static const foreign_format formats[] = {
    {128, 4, "DICM",
     "it is DICOM; apply its rescale slope, intercept and window, and save 16-bit PNG or TIFF (pydicom's "
     "pydicom.pixels.apply_rescale; dcm2niix for volumes)"},
    {0, 9, "SIMPLE  =", "it is FITS; save its array as TIFF: tifffile.imwrite('x.tif', astropy.io.fits.getdata('x.fits'))"},
    {0, 10, "ZISRAWFILE", "it is Zeiss CZI" BIO_FORMATS "x.czi x.ome.tiff, one file a plane or field"},
    {0, 4, "\xda\xce\xbe\x0a", "it is Nikon ND2" BIO_FORMATS "x.nd2 x.ome.tiff, one file a plane or field"},
    {0, 4, "\x70\0\0\0", "it is Leica LIF" BIO_FORMATS "-series 0 x.lif x.ome.tiff, for every series"},
    {0, 8, "\x89HDF\r\n\x1a\n",
     "it is HDF5; save each image as TIFF or .npy: numpy.save('x.npy', h5py.File('x.h5')['dataset'][i]), or for a "
     "microscope's format bfconvert x.ims x.ome.tiff"},
};

const char *cic_foreign_advice(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    const foreign_format *format = &formats[i];
    if (count < format->offset + format->length || memcmp(bytes + format->offset, format->magic, format->length)) continue;
    // Four bytes of which three are zero show little: LIF's ninth is an asterisk.
    if (format->magic[0] == '\x70' && (count < 9 || bytes[8] != '*')) continue;
    return format->advice;
  }
  return NULL;
}
