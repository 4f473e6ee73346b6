/* image.h: pictures in memory, and the way in and out of JPEG and PNG.
 *
 * An image is rows of grey (1 channel) or RGB (3 channels) bytes, top row first, with no padding
 * between rows. Zero it to begin ({0}), image_done() to end; a call that fails leaves it as it was.
 *
 * Nothing here trusts its input: the format is told by content and never by name, the pixels are
 * counted before memory is taken, and a file that ends too early is an error, not a grey half.
 * Functions that can fail for a reason worth reading take a `struct why` (or NULL) and put one
 * sentence in it. Nothing is shared between calls: any thread or process may make them.
 */
#ifndef PICTURES_IMAGE_H
#define PICTURES_IMAGE_H

#include "bytes.h"

#define IMAGE_PIXELS_MAX 100000000u /* a 100 megapixel picture is the largest that is decoded */

struct image {
    uint32_t width, height; /* pixels, at least 1 in an image that holds something */
    uint32_t channels;      /* 1: grey, 3: red green blue                          */
    uint8_t *pixels;        /* width * height * channels bytes from malloc         */
};

/* Why something failed, as one sentence without a full stop. */
struct why {
    char text[200];
};

enum image_type { IMAGE_UNKNOWN, IMAGE_JPEG, IMAGE_PNG };

/* Tells the format from the first bytes. */
enum image_type image_type_of(const void *data, size_t size);

/* Makes an image of undefined pixels. channels: 1 or 3.
 * Returns 0, -EINVAL (no pixels, other channels), -EFBIG (above IMAGE_PIXELS_MAX), -ENOMEM. */
int image_init(struct image *image, uint32_t width, uint32_t height, uint32_t channels);

/* Releases the pixels and zeroes the struct. */
void image_done(struct image *image);

/* Decodes a JPEG or PNG file. channels: 1 or 3, whatever the file has (what shines through is
 * white). why: NULL, or gets the reason of a failure.
 * Returns 0, -EMEDIUMTYPE (neither format), -ENODATA (empty, or it ends too early), -EBADMSG
 * (damaged), -EFBIG (above IMAGE_PIXELS_MAX), -EINVAL (channels), -ENOMEM. */
int image_decode(const void *data, size_t size, uint32_t channels, struct image *ret,
                 struct why *why);

/* Appends the image as a PNG file: fast rather than small. Grey or RGB.
 * Returns 0, -ENOMEM or -EINVAL (libpng refused; why says what). */
int image_encode_png(const struct image *image, struct bytes *ret, struct why *why);

/* Appends the image as a JPEG file. quality: 1..100.
 * Returns 0, -ENOMEM or -EINVAL (libjpeg refused; why says what). */
int image_encode_jpeg(const struct image *image, int quality, struct bytes *ret, struct why *why);

/* Makes a copy that is at most max_width by max_height, its proportions kept; each pixel is the
 * mean of those it stands for. An image that fits already is copied as it is.
 * Returns 0, -EINVAL (a limit of 0), -ENOMEM. */
int image_shrink(const struct image *image, uint32_t max_width, uint32_t max_height,
                 struct image *ret);

/* For the files of image: writes a sentence to why (NULL: nowhere) and returns err. */
int image_fail(struct why *why, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
