/* generate.c: each scene is a function from a point to a colour, painted pixel by pixel.
 * Coordinates are in picture heights, so a scene looks the same at every size. All randomness is
 * a hash of whole-number places, and so has no state and no order. */
#include "generate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct colour {
    float r, g, b; /* 0..1 */
};

/* A number in 0..1 that belongs to the place (x, y) in the world called seed. */
static float hashed(int32_t x, int32_t y, uint32_t seed)
{
    uint32_t h = (uint32_t)x * 0x9e3779b1u ^ (uint32_t)y * 0x85ebca77u ^ seed * 0xc2b2ae3du;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return (float)((h ^ h >> 15) & 0xffffff) / 16777216.0f;
}

static float blend(float a, float b, float part)
{
    return a + (b - a) * part;
}

static struct colour mixed(struct colour a, struct colour b, float part)
{
    return (struct colour){blend(a.r, b.r, part), blend(a.g, b.g, part), blend(a.b, b.b, part)};
}

/* Smooth noise with hills one unit apart. */
static float noise(float x, float y, uint32_t seed)
{
    const float fx = floorf(x), fy = floorf(y);
    const int32_t ix = (int32_t)fx, iy = (int32_t)fy;
    float u = x - fx, v = y - fy;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    const float top = blend(hashed(ix, iy, seed), hashed(ix + 1, iy, seed), u);
    const float bottom = blend(hashed(ix, iy + 1, seed), hashed(ix + 1, iy + 1, seed), u);
    return blend(top, bottom, v);
}

/* Noise on top of finer noise, as in rock and cloud. */
static float rough(float x, float y, uint32_t seed, int octaves)
{
    float sum = 0, weight = 0.5f;
    for (int i = 0; i < octaves; i++, weight *= 0.5f) {
        sum += weight * noise(x, y, seed + (uint32_t)i);
        x *= 2.03f;
        y *= 2.03f;
    }
    return sum;
}

static struct colour mountains(float x, float y, uint32_t seed)
{
    const struct colour sky = {0.55f, 0.72f, 0.93f}, haze = {0.95f, 0.82f, 0.70f};
    const float sun = hypotf(x - 0.3f - hashed(1, 1, seed), y - 0.22f);
    struct colour c = mixed(sky, haze, fminf(1, y * 1.4f));
    if (sun < 0.07f)
        c = (struct colour){1, 0.97f, 0.85f};
    for (int ridge = 0; ridge < 5; ridge++) {
        const float depth = (float)ridge / 4;
        const uint32_t world = seed * 16 + (uint32_t)ridge;
        const float line =
            0.30f + 0.16f * (float)ridge - 0.30f * rough(x * 2.2f, 0.5f, world, 7) + 0.12f;
        if (y < line)
            continue;
        const float stone = rough(x * 18, y * 30, world + 7, 5);
        const struct colour near = {0.10f + 0.25f * stone, 0.16f + 0.30f * stone, 0.12f};
        c = mixed(mixed(haze, sky, 0.5f), near, 0.25f + 0.7f * depth);
        if (ridge < 3 && y < line + 0.10f * stone) /* snow lies on the far ones */
            c = mixed(c, (struct colour){1, 1, 1}, 0.75f);
    }
    return c;
}

/* Panes around scattered points, with lead between them. */
static struct colour glass(float x, float y, uint32_t seed)
{
    const float cells = 9 + 8 * hashed(3, 3, seed);
    const float px = x * cells, py = y * cells;
    const int32_t ix = (int32_t)floorf(px), iy = (int32_t)floorf(py);
    float nearest = 9, second = 9;
    int32_t own_x = 0, own_y = 0;
    for (int32_t cy = iy - 1; cy <= iy + 1; cy++)
        for (int32_t cx = ix - 1; cx <= ix + 1; cx++) {
            const float d = hypotf((float)cx + hashed(cx, cy, seed) - px,
                                   (float)cy + hashed(cx, cy, seed + 1) - py);
            if (d < nearest) {
                second = nearest;
                nearest = d;
                own_x = cx;
                own_y = cy;
            } else if (d < second) {
                second = d;
            }
        }
    if (second - nearest < 0.07f)
        return (struct colour){0.05f, 0.05f, 0.06f};
    const float light = 0.55f + 0.6f * rough(px * 2, py * 2, seed + 5, 4);
    return (struct colour){light * (0.2f + 0.8f * hashed(own_x, own_y, seed + 2)),
                           light * (0.2f + 0.7f * hashed(own_x, own_y, seed + 3)),
                           light * (0.3f + 0.7f * hashed(own_x, own_y, seed + 4))};
}

static struct colour city(float x, float y, uint32_t seed)
{
    struct colour c =
        mixed((struct colour){0.06f, 0.07f, 0.20f}, (struct colour){0.75f, 0.38f, 0.28f}, y * y);
    if (hashed((int32_t)(x * 700), (int32_t)(y * 700), seed) > 0.9985f)
        c = (struct colour){1, 1, 0.9f};
    for (int row = 0; row < 3; row++) {
        const float houses = 16 - 4 * (float)row;
        const uint32_t world = seed * 8 + (uint32_t)row;
        const int32_t house = (int32_t)floorf(x * houses);
        const float roof = 0.30f + 0.16f * (float)row + 0.30f * hashed(house, 0, world);
        const float inside = x * houses - (float)house;
        if (y < roof || inside < 0.04f)
            continue;
        const float wall = 0.08f + 0.10f * hashed(house, 1, world) + 0.05f * (float)(2 - row);
        c = (struct colour){wall, wall * 1.05f, wall * 1.35f};
        const float wx = inside * 7, wy = (y - roof) * houses * 7;
        const float u = wx - floorf(wx), v = wy - floorf(wy);
        const int lit = hashed(house * 64 + (int32_t)wx, (int32_t)wy, world + 9) > 0.45f;
        if (lit && wy > 1 && u > 0.25f && u < 0.8f && v > 0.2f && v < 0.75f)
            c = (struct colour){1, 0.85f, 0.45f};
    }
    return c;
}

static struct colour julia(float x, float y, uint32_t seed)
{
    const float angle = 0.5f + 0.35f * (float)(seed % 17);
    const float cx = 0.7885f * cosf(angle), cy = 0.7885f * sinf(angle);
    float a = (x - 0.8f) * 2, b = (y - 0.5f) * 2;
    int i = 0;
    for (; i < 160 && a * a + b * b < 16; i++) {
        const float next = a * a - b * b + cx;
        b = 2 * a * b + cy;
        a = next;
    }
    const float t = (float)i / 20;
    return (struct colour){0.5f - 0.5f * cosf(t * 1.9f), 0.5f - 0.5f * cosf(t * 2.6f + 0.3f),
                           0.6f - 0.4f * cosf(t * 3.4f + 0.8f)};
}

static const struct {
    const char *name;
    struct colour (*paint)(float x, float y, uint32_t seed);
} scenes[] = {{"mountains", mountains}, {"glass", glass}, {"city", city}, {"julia", julia}};

enum { N_SCENES = sizeof scenes / sizeof scenes[0] };

const char *generate_name(uint32_t index)
{
    return scenes[index % N_SCENES].name;
}

static uint8_t to_byte(float value)
{
    return (uint8_t)(fminf(1, fmaxf(0, value)) * 255 + 0.5f);
}

int generate_image(uint32_t index, uint32_t width, uint32_t height, struct image *ret)
{
    struct image image = {0};
    int err = image_init(&image, width, height, 3);
    if (err < 0)
        return err;
    uint8_t *out = image.pixels;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            const struct colour c = scenes[index % N_SCENES].paint(
                (float)x / (float)height, (float)y / (float)height, index + 1);
            *out++ = to_byte(c.r);
            *out++ = to_byte(c.g);
            *out++ = to_byte(c.b);
        }
    *ret = image;
    return 0;
}

int generate_files(const char *folder, uint32_t count, uint32_t width, uint32_t height,
                   struct why *why)
{
    struct bytes file = {0};
    int err = 0;
    for (uint32_t i = 0; err == 0 && i < count; i++) {
        char path[4096];
        int length = snprintf(path, sizeof path, "%s/%02u-%s.jpg", folder, i + 1, generate_name(i));
        if (length < 0 || (size_t)length >= sizeof path) {
            err = image_fail(why, -ENAMETOOLONG, "the folder's name is too long");
            break;
        }
        struct image image = {0};
        err = generate_image(i, width, height, &image);
        if (err < 0)
            image_fail(why, err, "%s: %s", path, strerror(-err));
        if (err == 0)
            err = image_encode_jpeg(&image, 88, &file, why);
        if (err == 0 && (err = bytes_write_file(&file, path)) < 0)
            image_fail(why, err, "%s: %s", path, strerror(-err));
        file.size = 0;
        image_done(&image);
    }
    bytes_done(&file);
    return err;
}
