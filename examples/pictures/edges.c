/* edges.c: decode, find edges, encode; then the previews, from pixels that are there anyway. */
#include "edges.h"

#include <errno.h>
#include <string.h>

enum { PREVIEW_QUALITY = 78 };

/* One white pixel among nine becomes a dim grey: lift it, so that thin lines stay visible. */
static void lift(struct image *small, uint32_t full_width)
{
    const uint32_t gain = (full_width + small->width / 2) / small->width;
    for (size_t i = 0; i < (size_t)small->width * small->height; i++) {
        const uint32_t value = small->pixels[i] * (gain ? gain : 1);
        small->pixels[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

static int append_preview(const struct image *image, uint32_t width, int edges, struct bytes *out,
                          uint64_t *ret_size, struct why *why)
{
    struct image small = {0};
    const size_t start = out->size;
    int err = image_shrink(image, width, width, &small);
    if (err < 0)
        return image_fail(why, err, "no preview: %s", strerror(-err));
    if (edges)
        lift(&small, image->width);
    err = image_encode_jpeg(&small, PREVIEW_QUALITY, out, why);
    *ret_size = out->size - start;
    image_done(&small);
    return err;
}

int edges_detect(const struct edges_job *job, const void *file, size_t size, struct bytes *out,
                 struct edges_stats *stats)
{
    struct image colour = {0}, grey = {0}, edges = {0};
    struct canny_result found;
    const size_t start = out->size;
    memset(stats, 0, sizeof *stats);

    int err = image_decode(file, size, 1, &grey, &stats->why);
    if (err < 0)
        return err;
    stats->width = grey.width;
    stats->height = grey.height;
    err = canny(&grey, &job->canny, &edges, &found);
    if (err < 0) {
        image_fail(&stats->why, err, "edge detection failed: %s", strerror(-err));
        goto done;
    }
    image_done(&grey);
    stats->edges = found.edges;
    stats->low = found.low;
    stats->high = found.high;
    err = image_encode_png(&edges, out, &stats->why);
    if (err < 0)
        goto done;
    stats->png_size = out->size - start;
    if (job->preview_width == 0)
        goto done;
    err = image_decode(file, size, 3, &colour, &stats->why);
    if (err == 0)
        err = append_preview(&colour, job->preview_width, 0, out, &stats->before_size, &stats->why);
    if (err == 0)
        err = append_preview(&edges, job->preview_width, 1, out, &stats->after_size, &stats->why);
done:
    if (err < 0)
        out->size = start;
    image_done(&grey);
    image_done(&edges);
    image_done(&colour);
    return err;
}
