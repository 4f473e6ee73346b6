/* test_report.c: the page holds what it was given, escaped, and needs nothing from outside. */
#include "report.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *page_of(const struct report *report)
{
    struct bytes page = {0};
    ck_assert_int_eq(report_make(report, &page), 0);
    ck_assert_int_eq(bytes_append(&page, "", 1), 0);
    return (char *)page.data;
}

static const uint8_t one_byte_jpeg[] = {0xff, 0xd8, 0xff, 0x01};
static const uint8_t short_png[] = {0x89, 'P', 'N', 'G', 1};

static const struct report_picture pictures[] = {
    {.name = "<b>\"Tom & 'Jerry'\".jpg",
     .width = 30,
     .height = 20,
     .bytes = 2048,
     .edges = 60,
     .before = one_byte_jpeg,
     .before_size = 4,
     .after = short_png,
     .after_size = 5},
    {.name = "bad\xff\xc0\x80 utf8 \x01.png"},
};

static const struct report_span spans[] = {
    {REPORT_QUEUED, 0, 0.5, 0, 0},   {REPORT_CONNECT, 0.5, 1.5, 0, 0},
    {REPORT_DOWNLOAD, 1.5, 2, 0, 0}, {REPORT_READY, 2, 2.25, 0, 0},
    {REPORT_COMPUTE, 2.25, 3, 0, 1}, {REPORT_BACKOFF, 0, 3, 1, 0},
    {REPORT_COMPUTE, 0, 1, 77, 0},   {REPORT_COMPUTE, 0, 1, -1, 0},
    {REPORT_DOWNLOAD, NAN, 1, 0, 0}, {REPORT_DOWNLOAD, 2, 1, 0, 0},
    {REPORT_COMPUTE, 0, 1, 1, 99},   {(enum report_kind)42, 0, 1, 0, 0},
};

static const struct report_strategy strategies[] = {
    {.name = "sequential",
     .download = 9,
     .processing = 3,
     .total = 12,
     .peak_memory = 50000000,
     .peak_downloads = 1,
     .peak_workers = 1,
     .worst_turn = -1,
     .n_done = 1,
     .n_failed = 1},
    {.name = "async+processes",
     .download = 2,
     .processing = 1,
     .total = 3,
     .peak_memory = 90000000,
     .peak_downloads = 4,
     .peak_workers = 2,
     .worst_turn = 0.0021,
     .n_done = 1,
     .n_failed = 1,
     .n_workers = 2,
     .spans = spans,
     .n_spans = sizeof spans / sizeof spans[0]},
};

static const struct report_failure failures[] = {
    {"http://x/?a=1&b=<2>", "sequential", "404 Not Found"}, {"other", NULL, "timed out"}};

static const struct report sample = {.title = "Pictures & <edges>",
                                     .subtitle = "On 2 CPUs",
                                     .strategies = strategies,
                                     .n_strategies = 2,
                                     .pictures = pictures,
                                     .n_pictures = 2,
                                     .failures = failures,
                                     .n_failures = 2};

static int count(const char *page, const char *what)
{
    int n = 0;
    for (const char *at = page; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

START_TEST(names_are_escaped_wherever_they_appear)
{
    char *page = page_of(&sample);
    ck_assert_int_eq(count(page, "<b>\"Tom"), 0);
    ck_assert_int_ge(count(page, "&lt;b&gt;&quot;Tom &amp; &#39;Jerry&#39;&quot;.jpg"), 5);
    ck_assert_int_eq(count(page, "<title>Pictures &amp; &lt;edges&gt;</title>"), 1);
    ck_assert_int_eq(count(page, "http://x/?a=1&amp;b=&lt;2&gt;"), 1);
    ck_assert_int_ge(count(page, "bad\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd utf8 \xef\xbf\xbd.png"),
                     1);
    free(page);
}
END_TEST

START_TEST(the_page_needs_nothing_from_outside)
{
    char *page = page_of(&sample);
    ck_assert_int_eq(count(page, "src='data:image/jpeg;base64,/9j/AQ=='"), 1);
    ck_assert_int_eq(count(page, "src='data:image/png;base64,iVBORwE='"), 1);
    ck_assert_int_eq(count(page, "src='"), 2);
    ck_assert_int_eq(count(page, "<link"), 0);
    ck_assert_int_eq(count(page, "@import"), 0);
    ck_assert_int_eq(count(page, "url("), 0);
    free(page);
}
END_TEST

START_TEST(the_table_compares_each_strategy_with_the_first)
{
    char *page = page_of(&sample);
    ck_assert_int_eq(count(page, "<small>1.0&times;</small>"), 1);
    ck_assert_int_eq(count(page, "<small>4.0&times;</small>"), 1);
    ck_assert_int_eq(count(page, "<b>4.0&times;</b> faster"), 1);
    ck_assert_int_eq(count(page, "<td>2.1 ms</td>"), 1);
    ck_assert_int_eq(count(page, "no loop"), 1);
    ck_assert_int_eq(count(page, "<td>50 MB</td>"), 1);
    free(page);
}
END_TEST

START_TEST(the_timeline_draws_each_sane_span_and_leaves_out_the_others)
{
    char *page = page_of(&sample);
    /* 7 in picture lanes, one of them also in a worker's lane; 99 is no worker. */
    ck_assert_int_eq(count(page, "<rect "), 8);
    ck_assert_int_eq(count(page, "<rect class=compute"), 3);
    ck_assert_int_eq(count(page, "on worker 2: 0.750 s"), 2);
    ck_assert_int_eq(count(page, "nan"), 0);
    free(page);
}
END_TEST

START_TEST(failures_are_listed_with_their_reasons)
{
    char *page = page_of(&sample);
    ck_assert_int_eq(count(page, "404 Not Found"), 1);
    ck_assert_int_eq(count(page, "timed out"), 1);
    ck_assert_int_eq(count(page, "<figure>"), 1); /* the failed picture has no slider */
    free(page);
}
END_TEST

START_TEST(an_empty_report_is_a_page_too)
{
    char *page = page_of(&(struct report){0});
    ck_assert_int_eq(count(page, "</html>"), 1);
    ck_assert_int_eq(count(page, "<table"), 0);
    free(page);
}
END_TEST

START_TEST(a_report_that_cannot_be_written_says_so)
{
    ck_assert_int_eq(report_write(&sample, "/nowhere/at/all/report.html"), -ENOENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");
    tcase_add_test(tests, names_are_escaped_wherever_they_appear);
    tcase_add_test(tests, the_page_needs_nothing_from_outside);
    tcase_add_test(tests, the_table_compares_each_strategy_with_the_first);
    tcase_add_test(tests, the_timeline_draws_each_sane_span_and_leaves_out_the_others);
    tcase_add_test(tests, failures_are_listed_with_their_reasons);
    tcase_add_test(tests, an_empty_report_is_a_page_too);
    tcase_add_test(tests, a_report_that_cannot_be_written_says_so);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
