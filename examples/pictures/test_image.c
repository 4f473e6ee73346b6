/* test_image.c: pictures go through JPEG and PNG and come back; what is no picture is refused. */
#include "edges.h"
#include "generate.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void make_scene(struct image *image)
{
    ck_assert_int_eq(generate_image(2, 160, 100, image), 0);
}

/* The mean difference of two pictures of one size, in grey levels. */
static double difference(const struct image *a, const struct image *b)
{
    ck_assert_uint_eq(a->width, b->width);
    ck_assert_uint_eq(a->height, b->height);
    ck_assert_uint_eq(a->channels, b->channels);
    size_t n = (size_t)a->width * a->height * a->channels;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += abs(a->pixels[i] - b->pixels[i]);
    return sum / (double)n;
}

START_TEST(png_keeps_every_pixel)
{
    struct image scene = {0}, again = {0};
    struct bytes file = {0};
    struct why why;
    make_scene(&scene);
    ck_assert_int_eq(image_encode_png(&scene, &file, &why), 0);
    ck_assert_int_eq(image_type_of(file.data, file.size), IMAGE_PNG);
    ck_assert_int_eq(image_decode(file.data, file.size, 3, &again, &why), 0);
    ck_assert_double_eq(difference(&scene, &again), 0);
    image_done(&again);
    image_done(&scene);
    bytes_done(&file);
}
END_TEST

START_TEST(jpeg_keeps_the_picture_closely)
{
    struct image scene = {0}, again = {0}, grey = {0};
    struct bytes file = {0};
    struct why why;
    make_scene(&scene);
    ck_assert_int_eq(image_encode_jpeg(&scene, 95, &file, &why), 0);
    ck_assert_int_eq(image_type_of(file.data, file.size), IMAGE_JPEG);
    ck_assert_int_eq(image_decode(file.data, file.size, 3, &again, &why), 0);
    ck_assert_double_lt(difference(&scene, &again), 12);
    ck_assert_int_eq(image_decode(file.data, file.size, 1, &grey, &why), 0);
    ck_assert_uint_eq(grey.channels, 1);
    image_done(&grey);
    image_done(&again);
    image_done(&scene);
    bytes_done(&file);
}
END_TEST

START_TEST(every_truncation_of_a_file_is_an_error)
{
    struct image scene = {0};
    struct why why;
    make_scene(&scene);
    for (int png = 0; png < 2; png++) {
        struct bytes file = {0};
        ck_assert_int_eq(png ? image_encode_png(&scene, &file, &why)
                             : image_encode_jpeg(&scene, 80, &file, &why),
                         0);
        /* PNG's last chunk says only that it is the last: its loss costs nothing. */
        size_t whole = png ? file.size - 12 : file.size - 1;
        for (size_t size = 0; size < whole; size += size < 700 ? 1 : 97) {
            struct image out = {0};
            int err = image_decode(file.data, size, 3, &out, &why);
            ck_assert_msg(err < 0, "%s of %zu bytes, cut at %zu", png ? "PNG" : "JPEG", file.size,
                          size);
            ck_assert_ptr_null(out.pixels);
        }
        struct image out = {0};
        ck_assert_int_eq(image_decode(file.data, file.size / 2, 1, &out, &why), -ENODATA);
        ck_assert_ptr_nonnull(strstr(why.text, "ends too early"));
        bytes_done(&file);
    }
    image_done(&scene);
}
END_TEST

START_TEST(damaged_files_never_crash_and_never_leak)
{
    struct image scene = {0};
    make_scene(&scene);
    for (int png = 0; png < 2; png++) {
        struct bytes file = {0};
        if (png)
            ck_assert_int_eq(image_encode_png(&scene, &file, NULL), 0);
        else
            ck_assert_int_eq(image_encode_jpeg(&scene, 80, &file, NULL), 0);
        uint32_t random = 12345;
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            random = random * 1664525u + 1013904223u;
            size_t at = (random >> 8) % file.size;
            uint8_t saved = file.data[at];
            file.data[at] ^= (uint8_t)(1 + (random >> 3) % 255);
            struct image out = {0};
            int err = image_decode(file.data, file.size, 3, &out, NULL);
            ck_assert_int_eq(err < 0, out.pixels == NULL);
            refused += err < 0;
            image_done(&out);
            file.data[at] = saved;
        }
        ck_assert_int_gt(refused, png ? 300 : 10);
        bytes_done(&file);
    }
    image_done(&scene);
}
END_TEST

static const struct {
    const char *data;
    int err;
    const char *says;
} refused[] = {
    {"", -ENODATA, "empty"},
    {"<!DOCTYPE html><h1>404</h1>", -EMEDIUMTYPE, "web page"},
    {" \r\n<HTML>", -EMEDIUMTYPE, "web page"},
    {"GIF89a", -EMEDIUMTYPE, "GIF"},
    {"RIFF1234WEBPVP8 ", -EMEDIUMTYPE, "WebP"},
    {"<svg>", -EMEDIUMTYPE, "SVG"},
    {"hello", -EMEDIUMTYPE, "something else"},
    {"\xff\xd8\xff", -ENODATA, "ends too early"},
    {"\x89PNG\r\n\x1a\n", -ENODATA, "ends too early"},
};

START_TEST(what_is_no_picture_is_named_and_refused)
{
    struct image out = {0};
    struct why why;
    const char *data = refused[_i].data;
    ck_assert_int_eq(image_decode(data, strlen(data), 1, &out, &why), refused[_i].err);
    ck_assert_msg(strstr(why.text, refused[_i].says) != NULL, "%s", why.text);
    ck_assert_ptr_null(out.pixels);
}
END_TEST

/* A PNG that promises more pixels than anybody has memory for. */
START_TEST(an_absurdly_large_picture_is_refused_before_memory_is_taken)
{
    struct image tiny = {0}, out = {0};
    struct bytes file = {0};
    struct why why;
    ck_assert_int_eq(generate_image(0, 8, 8, &tiny), 0);
    ck_assert_int_eq(image_encode_jpeg(&tiny, 80, &file, &why), 0);
    uint8_t *at = file.data; /* the frame header: ff c0 length 08 height width */
    while (!(at[0] == 0xff && at[1] == 0xc0))
        at++;
    memset(at + 5, 0xfe, 4);
    ck_assert_int_eq(image_decode(file.data, file.size, 1, &out, &why), -EFBIG);
    ck_assert_ptr_nonnull(strstr(why.text, "too many"));
    ck_assert_int_eq(image_init(&out, 100000, 100000, 1), -EFBIG);
    ck_assert_int_eq(image_init(&out, 0, 5, 1), -EINVAL);
    ck_assert_int_eq(image_init(&out, 5, 5, 2), -EINVAL);
    ck_assert_int_eq(image_decode(file.data, file.size, 4, &out, &why), -EINVAL);
    image_done(&tiny);
    bytes_done(&file);
}
END_TEST

START_TEST(shrinking_keeps_proportions_and_brightness)
{
    struct image flat = {0}, small = {0};
    ck_assert_int_eq(image_init(&flat, 300, 90, 3), 0);
    memset(flat.pixels, 77, (size_t)300 * 90 * 3);
    ck_assert_int_eq(image_shrink(&flat, 100, 100, &small), 0);
    ck_assert_uint_eq(small.width, 100);
    ck_assert_uint_eq(small.height, 30);
    for (size_t i = 0; i < (size_t)100 * 30 * 3; i++)
        ck_assert_uint_eq(small.pixels[i], 77);
    image_done(&small);
    ck_assert_int_eq(image_shrink(&flat, 1000, 1000, &small), 0);
    ck_assert_uint_eq(small.width, 300);
    image_done(&small);
    ck_assert_int_eq(image_shrink(&flat, 2000, 1, &small), 0);
    ck_assert_uint_eq(small.height, 1);
    ck_assert_int_eq(image_shrink(&flat, 0, 1, &small), -EINVAL);
    image_done(&small);
    image_done(&flat);
}
END_TEST

START_TEST(a_file_is_written_whole_or_not_at_all)
{
    char folder[] = "/tmp/coil-pictures-XXXXXX";
    char path[64], part[64];
    struct bytes file = {0}, again = {0};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.bin", folder);
    snprintf(part, sizeof part, "%s/a.bin.part", folder);
    ck_assert_int_eq(bytes_append(&file, "coil", 4), 0);
    ck_assert_int_eq(bytes_write_file(&file, path), 0);
    ck_assert_int_eq(bytes_read_file(&again, path, 100), 0);
    ck_assert_uint_eq(again.size, 4);
    ck_assert_int_eq(bytes_read_file(&again, path, 3), -EFBIG);
    ck_assert_uint_eq(again.size, 4);
    ck_assert_int_eq(access(part, F_OK), -1);
    unlink(path);
    rmdir(folder);
    ck_assert_int_eq(bytes_write_file(&file, path), -ENOENT);
    ck_assert_int_eq(bytes_read_file(&again, path, 100), -ENOENT);
    bytes_done(&file);
    bytes_done(&again);
}
END_TEST

START_TEST(edge_detection_takes_a_file_and_gives_a_png_and_two_previews)
{
    struct image scene = {0}, out = {0};
    struct bytes file = {0}, result = {0};
    struct edges_job job = {.canny = CANNY_DEFAULTS, .preview_width = 64};
    struct edges_stats stats;
    make_scene(&scene);
    ck_assert_int_eq(image_encode_jpeg(&scene, 90, &file, NULL), 0);
    ck_assert_int_eq(edges_detect(&job, file.data, file.size, &result, &stats), 0);
    ck_assert_uint_eq(stats.width, 160);
    ck_assert_uint_gt(stats.edges, 100);
    ck_assert_uint_eq(stats.png_size + stats.before_size + stats.after_size, result.size);
    ck_assert_int_eq(image_decode(result.data, stats.png_size, 1, &out, NULL), 0);
    ck_assert_uint_eq(out.height, 100);
    image_done(&out);
    ck_assert_int_eq(image_decode(result.data + stats.png_size, stats.before_size, 3, &out, NULL),
                     0);
    ck_assert_uint_eq(out.width, 64);
    image_done(&out);

    size_t before = result.size;
    ck_assert_int_eq(edges_detect(&job, "GIF8", 4, &result, &stats), -EMEDIUMTYPE);
    ck_assert_uint_eq(result.size, before);
    ck_assert_ptr_nonnull(strstr(stats.why.text, "GIF"));
    image_done(&scene);
    bytes_done(&file);
    bytes_done(&result);
}
END_TEST

START_TEST(a_generated_picture_is_the_same_each_time_and_differs_from_the_next)
{
    struct image a = {0}, b = {0};
    for (uint32_t i = 0; i < 12; i++) {
        ck_assert_int_eq(generate_image(i, 96, 60, &a), 0);
        ck_assert_int_eq(generate_image(i, 96, 60, &b), 0);
        ck_assert_double_eq(difference(&a, &b), 0);
        image_done(&b);
        ck_assert_int_eq(generate_image(i + 1, 96, 60, &b), 0);
        ck_assert_double_gt(difference(&a, &b), 1);
        image_done(&a);
        image_done(&b);
    }
    struct why why;
    ck_assert_int_eq(generate_files("/nowhere/at/all", 1, 16, 16, &why), -ENOENT);
    ck_assert_ptr_nonnull(strstr(why.text, "/nowhere/at/all/01-mountains.jpg"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image");
    TCase *tests = tcase_create("image");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, png_keeps_every_pixel);
    tcase_add_test(tests, jpeg_keeps_the_picture_closely);
    tcase_add_test(tests, every_truncation_of_a_file_is_an_error);
    tcase_add_test(tests, damaged_files_never_crash_and_never_leak);
    tcase_add_loop_test(tests, what_is_no_picture_is_named_and_refused, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, an_absurdly_large_picture_is_refused_before_memory_is_taken);
    tcase_add_test(tests, shrinking_keeps_proportions_and_brightness);
    tcase_add_test(tests, a_file_is_written_whole_or_not_at_all);
    tcase_add_test(tests, edge_detection_takes_a_file_and_gives_a_png_and_two_previews);
    tcase_add_test(tests, a_generated_picture_is_the_same_each_time_and_differs_from_the_next);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
