/* image.c: what all formats share: telling them apart, the bounds, the making smaller. */
#include "image.h"
#include "image_format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int image_fail(struct why *why, int err, const char *fmt, ...)
{
    if (why) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(why->text, sizeof why->text, fmt, args);
        va_end(args);
    }
    return err;
}

int image_init(struct image *image, uint32_t width, uint32_t height, uint32_t channels)
{
    if (width == 0 || height == 0 || (channels != 1 && channels != 3))
        return -EINVAL;
    if ((uint64_t)width * height > IMAGE_PIXELS_MAX)
        return -EFBIG;
    uint8_t *pixels = malloc((size_t)width * height * channels);
    if (!pixels)
        return -ENOMEM;
    *image = (struct image){width, height, channels, pixels};
    return 0;
}

void image_done(struct image *image)
{
    free(image->pixels);
    memset(image, 0, sizeof *image);
}

static int begins_with(const void *data, size_t size, const char *start, size_t length)
{
    return size >= length && memcmp(data, start, length) == 0;
}

enum image_type image_type_of(const void *data, size_t size)
{
    if (begins_with(data, size, "\xff\xd8\xff", 3))
        return IMAGE_JPEG;
    if (begins_with(data, size, "\x89PNG\r\n\x1a\n", 8))
        return IMAGE_PNG;
    return IMAGE_UNKNOWN;
}

/* Names what came instead of a picture: mostly it is a server's page about an error. */
static const char *what_it_is(const uint8_t *data, size_t size)
{
    if (begins_with(data, size, "GIF8", 4))
        return "it is a GIF";
    if (size >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0)
        return "it is a WebP";
    if (size >= 12 && memcmp(data + 4, "ftypavif", 8) == 0)
        return "it is an AVIF";
    if (begins_with(data, size, "BM", 2))
        return "it is perhaps a BMP";
    size_t i = 0;
    while (i < size && (data[i] == ' ' || (data[i] >= '\t' && data[i] <= '\r')))
        i++;
    const char *text = (const char *)data + i;
    if (size - i >= 5 && (strncasecmp(text, "<html", 5) == 0 || strncasecmp(text, "<!doc", 5) == 0))
        return "it is a web page";
    if (size - i >= 4 && (strncmp(text, "<svg", 4) == 0 || strncmp(text, "<?xm", 4) == 0))
        return "it is XML or SVG";
    return "it is something else";
}

int image_decode(const void *data, size_t size, uint32_t channels, struct image *ret,
                 struct why *why)
{
    if (channels != 1 && channels != 3)
        return image_fail(why, -EINVAL, "an image has 1 or 3 channels, not %u", channels);
    if (size == 0)
        return image_fail(why, -ENODATA, "the file is empty");
    switch (image_type_of(data, size)) {
    case IMAGE_JPEG:
        return image_jpeg_decode(data, size, channels, ret, why);
    case IMAGE_PNG:
        return image_png_decode(data, size, channels, ret, why);
    case IMAGE_UNKNOWN:
        break;
    }
    return image_fail(why, -EMEDIUMTYPE, "neither a JPEG nor a PNG: %s", what_it_is(data, size));
}

/* The mean of the source pixels [x0, x1) by [y0, y1), one channel. */
static uint8_t mean(const struct image *image, uint32_t x0, uint32_t x1, uint32_t y0, uint32_t y1,
                    uint32_t channel)
{
    uint64_t sum = 0;
    for (uint32_t y = y0; y < y1; y++) {
        const uint8_t *row = image->pixels + (size_t)y * image->width * image->channels + channel;
        for (uint32_t x = x0; x < x1; x++)
            sum += row[(size_t)x * image->channels];
    }
    uint64_t count = (uint64_t)(x1 - x0) * (y1 - y0);
    return (uint8_t)((sum + count / 2) / count);
}

int image_shrink(const struct image *image, uint32_t max_width, uint32_t max_height,
                 struct image *ret)
{
    if (max_width == 0 || max_height == 0)
        return -EINVAL;
    uint32_t width = image->width, height = image->height;
    if (width > max_width) {
        height = (uint32_t)((uint64_t)height * max_width / width);
        width = max_width;
    }
    if (height > max_height) {
        width = (uint32_t)((uint64_t)width * max_height / height);
        height = max_height;
    }
    width = width ? width : 1;
    height = height ? height : 1;

    struct image small = {0};
    int err = image_init(&small, width, height, image->channels);
    if (err < 0)
        return err;
    uint8_t *out = small.pixels;
    for (uint32_t y = 0; y < height; y++) {
        uint32_t y0 = (uint32_t)((uint64_t)y * image->height / height);
        uint32_t y1 = (uint32_t)((uint64_t)(y + 1) * image->height / height);
        for (uint32_t x = 0; x < width; x++) {
            uint32_t x0 = (uint32_t)((uint64_t)x * image->width / width);
            uint32_t x1 = (uint32_t)((uint64_t)(x + 1) * image->width / width);
            for (uint32_t c = 0; c < image->channels; c++)
                *out++ = mean(image, x0, x1, y0, y1, c);
        }
    }
    *ret = small;
    return 0;
}
