/* image_format.h: what a format's file gives to image.c, and nothing else includes.
 * Both are called with a file whose first bytes are the format's. */
#ifndef PICTURES_IMAGE_FORMAT_H
#define PICTURES_IMAGE_FORMAT_H

#include "image.h"

int image_jpeg_decode(const uint8_t *data, size_t size, uint32_t channels, struct image *ret,
                      struct why *why);
int image_png_decode(const uint8_t *data, size_t size, uint32_t channels, struct image *ret,
                     struct why *why);

#endif
