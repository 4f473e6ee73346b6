/* reader: exact reads over chunks and the end, separators across chunks, the limit of readuntil and readline, what stays in the buffer */
#include "said.h"

static coil_stream_reader *r;

static int feed(const char *text)
{
    return coil_stream_reader_feed_data(r, text, strlen(text));
}

static void show(const char *data, size_t n)
{
    printf("b'");
    for (size_t i = 0; i < n; i++)
        printf(data[i] == '\n' ? "\\n" : "%c", data[i]);
    printf("'");
}

static void exactly(size_t n, const char *after)
{
    char buf[32];
    int err = coil_stream_reader_readexactly(r, buf, n);
    if (err == -COIL_EINCOMPLETE) {
        int got = coil_stream_reader_partial(r, NULL);
        printf("IncompleteReadError ");
        show(buf, (size_t)got);
        printf(" %zu", n);
    } else {
        show(buf, (size_t)err);
    }
    printf("%s", after);
}

static void some(size_t n, const char *after)
{
    char buf[128];
    int got = coil_stream_reader_read(r, buf, n);
    show(buf, got < 0 ? 0 : (size_t)got);
    printf("%s", after);
}

static void line(void)
{
    const char *data;
    size_t n;
    int err = coil_stream_reader_readline(r, &data, &n);
    if (err == -COIL_ELIMIT)
        printf("ValueError");
    else
        show(data, n);
}

COIL_ASYNC(five, (char *, buf))
{
    return coil_stream_reader_readexactly(r, buf, 5);
}

COIL_ASYNC(until, (const char **, data), (size_t *, n))
{
    return coil_stream_reader_readuntil(r, "--", 2, data, n);
}

static int overrun(void)
{
    const char *data;
    size_t n;
    int err = coil_stream_reader_readuntil(r, "--", 2, &data, &n);
    return printf("%s", said(err));
}

COIL_ASYNC(amain)
{
    char buf[8];
    const char *data;
    size_t n;
    MUST(coil_stream_reader_new(8, &r));
    MUST(feed("ab"));
    coil_task *t = coil_create_task(five(buf));
    MUST(coil_sleep(0));
    MUST(feed("cd"));
    MUST(coil_sleep(0));
    printf("%d\n", coil_task_done(t));
    MUST(feed("efg"));
    MUST(coil_await(t));
    show(buf, 5);
    printf(" ");
    some(1, " ");
    exactly(0, "\n");
    MUST(feed("x-"));
    t = coil_create_task(until(&data, &n));
    MUST(coil_sleep(0));
    MUST(feed("-rest\n"));
    MUST(coil_await(t));
    show(data, n);
    printf(" ");
    line();
    printf("\n");
    MUST(feed("0123456789--more"));
    overrun();
    printf(" 10\n");
    exactly(12, "\n");
    MUST(feed("zz0123456789"));
    overrun();
    printf(" 15\n");
    some(100, "\n");
    MUST(feed("too long a line\nnext\n"));
    line();
    printf("\n");
    line();
    printf("\n");
    MUST(feed("0123456789abcdef"));
    line();
    printf(" %d\n", coil_stream_reader_at_eof(r));
    MUST(feed("end"));
    MUST(coil_stream_reader_feed_eof(r));
    exactly(5, "\n");
    printf("%d ", coil_stream_reader_at_eof(r));
    some(5, " ");
    line();
    printf(" ");
    MUST(coil_stream_reader_read_all(r, &data, &n));
    show(data, n);
    printf("\n");
    int err = coil_stream_reader_readuntil(r, "x", 1, &data, &n);
    printf("%s ", said(err));
    n = (size_t)coil_stream_reader_partial(r, &data);
    show(data, n);
    printf("\n");
    printf("%s\n", said(coil_stream_reader_readuntil(r, "", 0, &data, &n)));
    coil_stream_reader_free(r);
    return 0;
}
COIL_MAIN(amain())
