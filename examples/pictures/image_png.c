/* image_png.c: PNG by libpng's simplified interface.
 *
 * That interface does its long jumps inside libpng and hands errors out as a code and a sentence,
 * so nothing of ours is ever jumped over and nothing can leak. Interlace, palettes, 16 bits and
 * transparency are libpng's work. */
#include "image_format.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

static int judge(const png_image *png, size_t size, struct why *why)
{
    if (strstr(png->message, "read beyond") || strstr(png->message, "ot enough"))
        return image_fail(why, -ENODATA, "the PNG file ends too early, after %zu bytes", size);
    if (strstr(png->message, "emory"))
        return image_fail(why, -ENOMEM, "not enough memory for the PNG file");
    if (strstr(png->message, "exceeds user limit"))
        return image_fail(why, -EFBIG, "the PNG file has too many pixels");
    return image_fail(why, -EBADMSG, "the PNG file is damaged: %s", png->message);
}

int image_png_decode(const uint8_t *data, size_t size, uint32_t channels, struct image *ret,
                     struct why *why)
{
    struct image image = {0};
    png_image png;
    memset(&png, 0, sizeof png);
    png.version = PNG_IMAGE_VERSION;

    int err = 0;
    if (!png_image_begin_read_from_memory(&png, data, size)) {
        err = judge(&png, size, why);
        goto release;
    }
    err = image_init(&image, png.width, png.height, channels);
    if (err < 0) {
        image_fail(why, err, "%u x %u pixels are too many", png.width, png.height);
        goto release;
    }
    png.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    const png_color white = {255, 255, 255};
    if (!png_image_finish_read(&png, &white, image.pixels, 0, NULL))
        err = judge(&png, size, why);
    if (err < 0)
        image_done(&image);
    else
        *ret = image;
release:
    png_image_free(&png); /* does nothing when libpng has released it already */
    return err;
}

int image_encode_png(const struct image *image, struct bytes *ret, struct why *why)
{
    png_image png;
    memset(&png, 0, sizeof png);
    png.version = PNG_IMAGE_VERSION;
    png.width = image->width;
    png.height = image->height;
    png.format = image->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png.flags = PNG_IMAGE_FLAG_FAST;

    png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(png);
    int err = bytes_reserve(ret, room);
    if (err < 0)
        return image_fail(why, err, "not enough memory for a PNG file");
    if (!png_image_write_to_memory(&png, ret->data + ret->size, &room, 0, image->pixels, 0, NULL))
        err = image_fail(why, -EINVAL, "libpng refused: %s", png.message);
    else
        ret->size += room;
    png_image_free(&png);
    return err;
}
