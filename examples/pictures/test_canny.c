/* test_canny.c: edges are where they should be, one pixel thin, and nowhere else. */
#include "canny.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void make_flat(struct image *image, uint32_t width, uint32_t height, uint8_t value)
{
    ck_assert_int_eq(image_init(image, width, height, 1), 0);
    memset(image->pixels, value, (size_t)width * height);
}

static uint8_t pixel(const struct image *image, uint32_t x, uint32_t y)
{
    return image->pixels[(size_t)y * image->width + x];
}

static const uint32_t sizes[][2] = {{1, 1},   {1, 9},   {9, 1},   {2, 2},  {3, 2},
                                    {2, 700}, {700, 2}, {15, 16}, {33, 17}};

START_TEST(a_flat_picture_of_any_size_has_no_edges)
{
    struct image flat = {0}, edges = {0};
    struct canny_result result;
    make_flat(&flat, sizes[_i][0], sizes[_i][1], 200);
    ck_assert_int_eq(canny(&flat, NULL, &edges, &result), 0);
    ck_assert_uint_eq(edges.width, sizes[_i][0]);
    ck_assert_uint_eq(edges.height, sizes[_i][1]);
    ck_assert_uint_eq(result.edges, 0);
    image_done(&edges);
    image_done(&flat);
}
END_TEST

START_TEST(noise_of_any_size_gives_black_and_white_only_and_its_count)
{
    struct image noisy = {0}, edges = {0};
    struct canny_result result;
    uint32_t random = 1;
    make_flat(&noisy, sizes[_i][0], sizes[_i][1], 0);
    size_t pixels = (size_t)noisy.width * noisy.height, white = 0;
    for (size_t i = 0; i < pixels; i++)
        noisy.pixels[i] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
    for (double sigma = 0; sigma <= CANNY_SIGMA_MAX; sigma += 5) {
        struct canny_options options = {.sigma = sigma, .high = 8, .low = 2};
        ck_assert_int_eq(canny(&noisy, &options, &edges, &result), 0);
        white = 0;
        for (size_t i = 0; i < pixels; i++) {
            ck_assert(edges.pixels[i] == 0 || edges.pixels[i] == 255);
            white += edges.pixels[i] == 255;
        }
        ck_assert_uint_eq(result.edges, white);
        image_done(&edges);
    }
    image_done(&noisy);
}
END_TEST

/* Black on one side of a line through the middle, white on the other. */
START_TEST(a_step_is_one_thin_line_in_all_four_directions)
{
    enum { SIZE = 41, MIDDLE = SIZE / 2 };
    struct image step = {0}, edges = {0};
    struct canny_result result;
    make_flat(&step, SIZE, SIZE, 0);
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            const int sides[] = {x - MIDDLE, y - MIDDLE, x + y - 2 * MIDDLE, x - y};
            step.pixels[y * SIZE + x] = sides[_i] > 0 ? 255 : 0;
        }
    ck_assert_int_eq(canny(&step, NULL, &edges, &result), 0);
    ck_assert_uint_ge(result.edges, SIZE - 4);
    /* A slanted line is a staircase: two pixels to a row. */
    ck_assert_uint_le(result.edges, _i < 2 ? SIZE + 4 : 2 * SIZE);
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            const int sides[] = {x - MIDDLE, y - MIDDLE, x + y - 2 * MIDDLE, x - y};
            if (pixel(&edges, (uint32_t)x, (uint32_t)y))
                ck_assert_int_le(abs(sides[_i]), 2);
        }
    image_done(&edges);
    image_done(&step);
}
END_TEST

START_TEST(a_circle_is_closed_and_at_its_radius)
{
    enum { SIZE = 101, RADIUS = 35 };
    struct image disc = {0}, edges = {0};
    make_flat(&disc, SIZE, SIZE, 30);
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
            if (hypot(x - SIZE / 2, y - SIZE / 2) < RADIUS)
                disc.pixels[y * SIZE + x] = 220;
    ck_assert_int_eq(canny(&disc, NULL, &edges, NULL), 0);
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
            if (pixel(&edges, (uint32_t)x, (uint32_t)y))
                ck_assert_double_eq_tol(hypot(x - SIZE / 2, y - SIZE / 2), RADIUS, 2.0);
    for (int degree = 0; degree < 360;
         degree++) { /* no gap: each ray meets the line or brushes it */
        int met = 0;
        int x = (int)lround(SIZE / 2 + RADIUS * cos(degree * M_PI / 180));
        int y = (int)lround(SIZE / 2 + RADIUS * sin(degree * M_PI / 180));
        for (int around = 0; around < 25; around++)
            met |= pixel(&edges, (uint32_t)(x + around % 5 - 2), (uint32_t)(y + around / 5 - 2));
        ck_assert_msg(met, "no edge at %d degrees", degree);
    }
    image_done(&edges);
    image_done(&disc);
}
END_TEST

/* A step that fades from strong on the left to weak on the right. */
START_TEST(hysteresis_follows_an_edge_until_it_is_below_low)
{
    enum { WIDTH = 200, HEIGHT = 30 };
    struct image fading = {0}, followed = {0}, strong = {0};
    struct canny_result all, some;
    make_flat(&fading, WIDTH, HEIGHT, 0);
    for (int y = HEIGHT / 2; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            fading.pixels[y * WIDTH + x] = (uint8_t)(200 - x);
    struct canny_options follow = {.sigma = 1.0, .high = 50, .low = 10};
    struct canny_options only_strong = {.sigma = 1.0, .high = 50, .low = 50};
    ck_assert_int_eq(canny(&fading, &follow, &followed, &all), 0);
    ck_assert_int_eq(canny(&fading, &only_strong, &strong, &some), 0);
    ck_assert_uint_gt(all.edges, some.edges + 40);
    ck_assert_uint_gt(some.edges, 40);
    ck_assert_double_eq(all.low, 10);
    struct canny_options too_high = {.sigma = 1.0, .high = 250, .low = 1};
    image_done(&followed);
    ck_assert_int_eq(canny(&fading, &too_high, &followed, &all), 0);
    ck_assert_uint_eq(all.edges, 0); /* weak ones alone are nothing */
    image_done(&followed);
    image_done(&strong);
    image_done(&fading);
}
END_TEST

START_TEST(wrong_options_are_refused)
{
    struct image flat = {0}, colour = {0}, out = {0};
    make_flat(&flat, 4, 4, 0);
    ck_assert_int_eq(image_init(&colour, 4, 4, 3), 0);
    const struct canny_options wrong[] = {{.sigma = -1},
                                          {.sigma = NAN},
                                          {.sigma = CANNY_SIGMA_MAX + 1},
                                          {.sigma = 1, .high = NAN},
                                          {.sigma = 1, .high = INFINITY},
                                          {.sigma = 1, .high = -3},
                                          {.sigma = 1, .high = 3, .low = 4},
                                          {.sigma = 1, .high = 3, .low = -1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(canny(&flat, &wrong[i], &out, NULL), -EINVAL);
    ck_assert_int_eq(canny(&colour, NULL, &out, NULL), -EINVAL);
    ck_assert_ptr_null(out.pixels);
    image_done(&flat);
    image_done(&colour);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("canny");
    TCase *tests = tcase_create("canny");
    tcase_set_timeout(tests, 60);
    const int n = sizeof sizes / sizeof sizes[0];
    tcase_add_loop_test(tests, a_flat_picture_of_any_size_has_no_edges, 0, n);
    tcase_add_loop_test(tests, noise_of_any_size_gives_black_and_white_only_and_its_count, 0, n);
    tcase_add_loop_test(tests, a_step_is_one_thin_line_in_all_four_directions, 0, 4);
    tcase_add_test(tests, a_circle_is_closed_and_at_its_radius);
    tcase_add_test(tests, hysteresis_follows_an_edge_until_it_is_below_low);
    tcase_add_test(tests, wrong_options_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
