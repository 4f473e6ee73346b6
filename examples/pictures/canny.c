/* canny.c: one walk down the picture finds the ridges, a second pass follows the edges.
 *
 * The walk keeps only the few rows that the next stage looks at, in rings (row y lives in slot
 * y mod ring size), so everything between the grey bytes and the ridges stays in the cache:
 *
 *     grey -> across: blurred sideways, 2r+1 rows -> smooth: blurred both ways, 3 rows
 *          -> slope: gradient and strength, 3 rows -> ridge: strength where it is a local maximum
 *
 * Rows in a ring have PAD columns on both sides, so that no inner loop asks where the border is,
 * and the inner loops are such as a compiler turns into vector code. */
#include "canny.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RADIUS_MAX = (int)(CANNY_SIGMA_MAX * 3) + 1,
    PAD = 16,         /* columns beside a row of floats; 1 is looked at, the rest keeps alignment */
    RIDGE_UNITS = 16, /* a ridge is kept as strength * RIDGE_UNITS in 16 bits */
    BINS = 361 * RIDGE_UNITS, /* the strongest diagonal slope is 255 * sqrt(2) */
};

struct walk {
    const struct image *grey;
    int width, height, radius;
    float kernel[RADIUS_MAX + 1]; /* kernel[k]: the weight of both pixels k away */
    size_t stride;                /* floats from row to row in the rings         */
    float *memory;                /* one allocation for all rings below          */
    float *line;                  /* a grey row as floats, radius + PAD columns on both sides */
    float *across;                /* 2 * radius + 1 rows */
    float *smooth;                /* 3 rows              */
    float *dx, *dy, *strength;    /* 3 rows each         */
    int n_across, n_smooth;       /* rows made so far    */
    uint16_t *ridges;             /* the whole picture   */
    uint32_t *histogram;          /* BINS: how many ridge pixels have this strength */
};

static void make_kernel(struct walk *w, double sigma)
{
    w->radius = (int)ceil(sigma * 3);
    double sum = 0, weights[RADIUS_MAX + 1];
    for (int k = 0; k <= w->radius; k++) {
        weights[k] = k == 0 ? 1 : exp(-k * k / (2 * sigma * sigma));
        sum += k == 0 ? weights[k] : 2 * weights[k];
    }
    for (int k = 0; k <= w->radius; k++)
        w->kernel[k] = (float)(weights[k] / sum);
}

static int walk_init(struct walk *w, const struct image *grey, double sigma)
{
    memset(w, 0, sizeof *w);
    make_kernel(w, sigma);
    w->grey = grey;
    w->width = (int)grey->width;
    w->height = (int)grey->height;
    w->stride = ((size_t)w->width + 2 * PAD + 15) / 16 * 16;
    size_t line = w->stride + 2 * (size_t)w->radius;
    size_t rows = (size_t)(2 * w->radius + 1) + 3 * 4;
    w->memory = calloc(line + rows * w->stride, sizeof *w->memory);
    w->ridges = malloc((size_t)w->width * (size_t)w->height * sizeof *w->ridges);
    w->histogram = calloc(BINS, sizeof *w->histogram);
    if (!w->memory || !w->ridges || !w->histogram)
        return -ENOMEM;
    w->line = w->memory;
    w->across = w->line + line;
    w->smooth = w->across + (size_t)(2 * w->radius + 1) * w->stride;
    w->dx = w->smooth + 3 * w->stride;
    w->dy = w->dx + 3 * w->stride;
    w->strength = w->dy + 3 * w->stride;
    return 0;
}

static void walk_done(struct walk *w)
{
    free(w->memory);
    free(w->ridges);
    free(w->histogram);
}

/* Pixel 0 of the row that holds y in a ring of n rows. */
static float *row_of(const struct walk *w, float *ring, int y, int n)
{
    return ring + (size_t)(y % n) * w->stride + PAD;
}

static int clamped(int y, int height)
{
    return y < 0 ? 0 : y >= height ? height - 1 : y;
}

/* Blurs grey row y sideways into its slot of the across ring. */
static void make_across(struct walk *w, int y)
{
    const int width = w->width, radius = w->radius;
    const uint8_t *from = w->grey->pixels + (size_t)y * (size_t)width;
    float *line = w->line + PAD + radius;
    for (int x = 0; x < width; x++)
        line[x] = from[x];
    for (int k = 1; k <= radius; k++) {
        line[-k] = line[0];
        line[width - 1 + k] = line[width - 1];
    }
    float *restrict to = row_of(w, w->across, y, 2 * radius + 1);
    const float middle = w->kernel[0];
    for (int x = 0; x < width; x++)
        to[x] = line[x] * middle;
    for (int k = 1; k <= radius; k++) {
        const float weight = w->kernel[k];
        const float *left = line - k, *right = line + k;
        for (int x = 0; x < width; x++)
            to[x] += weight * (left[x] + right[x]);
    }
}

/* Blurs downwards: row y of the smooth ring from the rows of the across ring around it. */
static void make_smooth(struct walk *w, int y)
{
    const int width = w->width, radius = w->radius, ring = 2 * radius + 1;
    while (w->n_across < w->height && w->n_across <= y + radius)
        make_across(w, w->n_across++);
    float *restrict to = row_of(w, w->smooth, y, 3);
    const float *middle = row_of(w, w->across, y, ring);
    const float weight = w->kernel[0];
    for (int x = 0; x < width; x++)
        to[x] = middle[x] * weight;
    for (int k = 1; k <= radius; k++) {
        const float *above = row_of(w, w->across, clamped(y - k, w->height), ring);
        const float *below = row_of(w, w->across, clamped(y + k, w->height), ring);
        const float side = w->kernel[k];
        for (int x = 0; x < width; x++)
            to[x] += side * (above[x] + below[x]);
    }
    to[-1] = to[0];
    to[width] = to[width - 1];
}

/* Sobel: the slope of row y in both directions, and its length. Outside the picture it is 0. */
static void make_slope(struct walk *w, int y)
{
    while (w->n_smooth < w->height && w->n_smooth <= y + 1)
        make_smooth(w, w->n_smooth++);
    const float *above = row_of(w, w->smooth, clamped(y - 1, w->height), 3);
    const float *here = row_of(w, w->smooth, y, 3);
    const float *below = row_of(w, w->smooth, clamped(y + 1, w->height), 3);
    float *restrict dx = row_of(w, w->dx, y, 3);
    float *restrict dy = row_of(w, w->dy, y, 3);
    float *restrict strength = row_of(w, w->strength, y, 3);
    for (int x = 0; x < w->width; x++) {
        float left = above[x - 1] + 2 * here[x - 1] + below[x - 1];
        float right = above[x + 1] + 2 * here[x + 1] + below[x + 1];
        float top = above[x - 1] + 2 * above[x] + above[x + 1];
        float bottom = below[x - 1] + 2 * below[x] + below[x + 1];
        float gx = (right - left) * 0.25f, gy = (bottom - top) * 0.25f;
        dx[x] = gx;
        dy[x] = gy;
        strength[x] = sqrtf(gx * gx + gy * gy);
    }
    strength[-1] = strength[w->width] = 0;
}

/* Keeps of row y the pixels that are stronger than what lies before and behind them along their
 * slope; that lies between two pixels, so its strength is interpolated. Of two equal neighbours
 * one is kept: strictly more on one side, at least as much on the other. */
static void make_ridges(struct walk *w, int y)
{
    static const float least = 1.0f / RIDGE_UNITS;
    const float *dx = row_of(w, w->dx, y, 3), *dy = row_of(w, w->dy, y, 3);
    const float *here = row_of(w, w->strength, y, 3);
    const float *above = row_of(w, w->strength, y + 2, 3); /* the slot of y - 1 */
    const float *below = row_of(w, w->strength, y + 1, 3);
    uint16_t *ridge = w->ridges + (size_t)y * (size_t)w->width;
    for (int x = 0; x < w->width; x++) {
        const float s = here[x];
        ridge[x] = 0;
        if (s < least)
            continue;
        const float ax = fabsf(dx[x]), ay = fabsf(dy[x]);
        const int side = (dx[x] < 0) == (dy[x] < 0) ? 1 : -1; /* which diagonal */
        float before, behind;
        if (ax >= ay) { /* mostly sideways */
            const float part = ay / ax;
            before = here[x - 1] + part * ((side > 0 ? above : below)[x - 1] - here[x - 1]);
            behind = here[x + 1] + part * ((side > 0 ? below : above)[x + 1] - here[x + 1]);
        } else {
            const float part = ax / ay;
            before = above[x] + part * (above[x - side] - above[x]);
            behind = below[x] + part * (below[x + side] - below[x]);
        }
        if (s > before && s >= behind) {
            ridge[x] = (uint16_t)(s * RIDGE_UNITS + 0.5f);
            w->histogram[ridge[x]]++;
        }
    }
}

static void find_ridges(struct walk *w)
{
    /* The strength ring is zero at first: the row above the picture has no slope. */
    for (int y = 0; y < w->height; y++) {
        make_slope(w, y);
        if (y > 0)
            make_ridges(w, y - 1);
    }
    memset(row_of(w, w->strength, w->height, 3) - PAD, 0, w->stride * sizeof(float));
    make_ridges(w, w->height - 1);
}

/* The strength that `share` of the ridge pixels stay below. */
static double strength_at(const struct walk *w, double share)
{
    uint64_t total = 0, below = 0;
    for (int i = 0; i < BINS; i++)
        total += w->histogram[i];
    int bin = 0;
    while (bin < BINS - 1 && (double)(below + w->histogram[bin]) < share * (double)total)
        below += w->histogram[bin++];
    return (double)bin / RIDGE_UNITS;
}

/* Photographs differ in sharpness by far more than any fixed threshold can bridge, but in nearly
 * all the strongest fifth of the ridges draws the objects. The floor keeps the grain of a sky that
 * has nothing else to show from being its "strongest fifth". */
static void choose_thresholds(const struct walk *w, const struct canny_options *options,
                              struct canny_result *found)
{
    static const double share = 0.8, least_high = 4, low_of_high = 0.4;
    found->high = options->high;
    if (found->high == 0)
        found->high = fmax(strength_at(w, share), least_high);
    found->low = options->low > 0 ? fmin(options->low, found->high) : found->high * low_of_high;
}

enum { NOTHING = 0, WEAK = 1, EDGE = 255 };

/* Marks the pixel when it is weak, and puts it on the stack. */
static size_t join(uint8_t *marks, uint32_t *stack, size_t n, size_t at)
{
    if (marks[at] == WEAK) {
        marks[at] = EDGE;
        stack[n++] = (uint32_t)at;
    }
    return n;
}

/* Spreads from the edges on the stack to the weak pixels that touch them, all eight around. */
static void spread(uint8_t *marks, uint32_t *stack, size_t n, size_t width, size_t height)
{
    while (n > 0) {
        const size_t at = stack[--n], x = at % width, y = at / width;
        const size_t x0 = x > 0 ? x - 1 : 0, x1 = x + 1 < width ? x + 1 : x;
        const size_t y0 = y > 0 ? y - 1 : 0, y1 = y + 1 < height ? y + 1 : y;
        for (size_t row = y0; row <= y1; row++)
            for (size_t column = x0; column <= x1; column++)
                n = join(marks, stack, n, row * width + column);
    }
}

/* Hysteresis: ridges from high up are edges, and so are those from low up that touch an edge.
 * A pixel enters the stack once, when it turns from weak to edge, so counting those bounds it. */
static int follow_edges(const struct walk *w, const struct canny_result *found, struct image *ret)
{
    const size_t pixels = (size_t)ret->width * ret->height;
    const double low_units = found->low * RIDGE_UNITS, high_units = found->high * RIDGE_UNITS;
    size_t candidates = 0;
    for (size_t i = 0; i < pixels; i++) {
        const int weak = w->ridges[i] > 0 && w->ridges[i] >= low_units;
        ret->pixels[i] = weak ? WEAK : NOTHING;
        candidates += (size_t)weak;
    }
    uint32_t *stack = malloc((candidates + 1) * sizeof *stack);
    if (!stack)
        return -ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < pixels; i++)
        if (w->ridges[i] >= high_units)
            n = join(ret->pixels, stack, n, i);
    spread(ret->pixels, stack, n, ret->width, ret->height);
    free(stack);
    return 0;
}

/* Drops the weak pixels that no edge reached; returns how many edge pixels are left. */
static uint64_t keep_edges(struct image *image)
{
    const size_t pixels = (size_t)image->width * image->height;
    uint64_t edges = 0;
    for (size_t i = 0; i < pixels; i++) {
        const int edge = image->pixels[i] == EDGE;
        image->pixels[i] = edge ? EDGE : NOTHING;
        edges += (uint64_t)edge;
    }
    return edges;
}

static int valid(const struct image *grey, const struct canny_options *options)
{
    return grey->pixels && grey->channels == 1 && options->sigma >= 0 &&
           options->sigma <= CANNY_SIGMA_MAX && options->low >= 0 && options->high >= 0 &&
           isfinite(options->high) && (options->high == 0 || options->low <= options->high);
}

int canny(const struct image *grey, const struct canny_options *options, struct image *ret,
          struct canny_result *result)
{
    static const struct canny_options defaults = CANNY_DEFAULTS;
    if (!options)
        options = &defaults;
    if (!valid(grey, options))
        return -EINVAL;

    struct walk w;
    struct image edges = {0};
    struct canny_result found = {0};
    int err = walk_init(&w, grey, options->sigma);
    if (err < 0)
        goto done;
    err = image_init(&edges, grey->width, grey->height, 1);
    if (err < 0)
        goto done;
    find_ridges(&w);
    choose_thresholds(&w, options, &found);
    err = follow_edges(&w, &found, &edges);
    if (err < 0)
        goto done;
    found.edges = keep_edges(&edges);
    *ret = edges;
    edges.pixels = NULL;
    if (result)
        *result = found;
done:
    image_done(&edges);
    walk_done(&w);
    return err;
}
