#include "CImageCodecs.h"
#include <stdio.h>
#include <jpeglib.h>
#include <vips/vips.h>
