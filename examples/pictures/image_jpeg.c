/* image_jpeg.c: JPEG by libturbojpeg.
 *
 * libjpeg goes on after most damage and fills the rest with grey; its *warnings* are how one learns
 * of it. Here every warning is an error but one: stray bytes between two markers, which some
 * cameras leave, cost no pixel. Each call makes its own decompressor: none is shared. */
#include "image_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* Does the end-of-image marker come, be it with junk behind it? */
static int has_end_marker(const uint8_t *data, size_t size)
{
    const uint8_t *at = data + size;
    while ((at = memrchr(data, 0xff, (size_t)(at - data))) != NULL)
        if (at + 1 < data + size && at[1] == 0xd9)
            return 1;
    return 0;
}

/* What the last call on handle really means: 0 when its warning is harmless. */
static int judge(tjhandle handle, const uint8_t *data, size_t size, struct why *why)
{
    const char *text = tjGetErrorStr2(handle);
    if (!has_end_marker(data, size) || strstr(text, "Premature end"))
        return image_fail(why, -ENODATA, "the JPEG file ends too early, after %zu bytes", size);
    if (tjGetErrorCode(handle) == TJERR_WARNING && strstr(text, "extraneous bytes"))
        return 0;
    if (strstr(text, "emory"))
        return image_fail(why, -ENOMEM, "not enough memory for the JPEG file");
    return image_fail(why, -EBADMSG, "the JPEG file is damaged: %s", text);
}

/* Print colours, as Adobe stores them: inverted, so that 255 is no ink. */
static void rgb_from_cmyk(const uint8_t *cmyk, uint8_t *out, size_t pixels, uint32_t channels)
{
    for (size_t i = 0; i < pixels; i++, cmyk += 4) {
        unsigned k = cmyk[3];
        unsigned r = cmyk[0] * k / 255, g = cmyk[1] * k / 255, b = cmyk[2] * k / 255;
        if (channels == 1) {
            *out++ = (uint8_t)((77 * r + 150 * g + 29 * b) / 256);
        } else {
            *out++ = (uint8_t)r;
            *out++ = (uint8_t)g;
            *out++ = (uint8_t)b;
        }
    }
}

/* Decodes by way of four channels, which libjpeg has no shorter way for. */
static int decode_cmyk(tjhandle handle, const uint8_t *data, size_t size, struct image *image,
                       int flags, struct why *why)
{
    size_t pixels = (size_t)image->width * image->height;
    uint8_t *cmyk = malloc(pixels * 4);
    if (!cmyk)
        return image_fail(why, -ENOMEM, "not enough memory for the JPEG file");
    int err = 0;
    if (tjDecompress2(handle, data, (unsigned long)size, cmyk, (int)image->width, 0,
                      (int)image->height, TJPF_CMYK, flags) < 0)
        err = judge(handle, data, size, why);
    if (err == 0)
        rgb_from_cmyk(cmyk, image->pixels, pixels, image->channels);
    free(cmyk);
    return err;
}

int image_jpeg_decode(const uint8_t *data, size_t size, uint32_t channels, struct image *ret,
                      struct why *why)
{
    const int flags = TJFLAG_LIMITSCANS; /* a progressive file with 1,000 scans is an attack */
    int width = 0, height = 0, subsampling, colours = 0;
    struct image image = {0};
    tjhandle handle = tjInitDecompress();
    if (!handle)
        return image_fail(why, -ENOMEM, "not enough memory for a JPEG decoder");

    int err = 0;
    if (tjDecompressHeader3(handle, data, (unsigned long)size, &width, &height, &subsampling,
                            &colours) < 0)
        err = judge(handle, data, size, why);
    else if (width <= 0 ||
             height <= 0) /* libjpeg takes a file that ends here for a set of tables */
        err = image_fail(why, -ENODATA, "the JPEG file ends too early: it holds no picture");
    if (err < 0)
        goto destroy;
    err = image_init(&image, (uint32_t)width, (uint32_t)height, channels);
    if (err < 0) {
        image_fail(why, err, "%d x %d pixels are too many", width, height);
        goto destroy;
    }
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        err = decode_cmyk(handle, data, size, &image, flags, why);
    else if (tjDecompress2(handle, data, (unsigned long)size, image.pixels, width, 0, height,
                           channels == 1 ? TJPF_GRAY : TJPF_RGB, flags) < 0)
        err = judge(handle, data, size, why);
    if (err < 0)
        image_done(&image);
    else
        *ret = image;
destroy:
    tjDestroy(handle);
    return err;
}

int image_encode_jpeg(const struct image *image, int quality, struct bytes *ret, struct why *why)
{
    tjhandle handle = tjInitCompress();
    if (!handle)
        return image_fail(why, -ENOMEM, "not enough memory for a JPEG encoder");
    const int sampling = image->channels == 1 ? TJSAMP_GRAY : TJSAMP_420;
    unsigned long room = tjBufSize((int)image->width, (int)image->height, sampling);
    int err = room == (unsigned long)-1 ? -EINVAL : bytes_reserve(ret, room);
    if (err < 0) {
        image_fail(why, err, "%u x %u pixels don't fit a JPEG file", image->width, image->height);
        goto destroy;
    }
    unsigned char *out = ret->data + ret->size;
    if (tjCompress2(handle, image->pixels, (int)image->width, 0, (int)image->height,
                    image->channels == 1 ? TJPF_GRAY : TJPF_RGB, &out, &room, sampling, quality,
                    TJFLAG_NOREALLOC) < 0)
        err = image_fail(why, -EINVAL, "libjpeg refused: %s", tjGetErrorStr2(handle));
    else
        ret->size += room;
destroy:
    tjDestroy(handle);
    return err;
}
