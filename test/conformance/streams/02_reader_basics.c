/* read(n) gives what is there (at most n), read_all until the end, read(0) nothing; then empty at the end. */
#include <coil.h>

#include "streams/bytes.h"

COIL_ASYNC(later, (coil_stream_reader *, r))
{
    int err = coil_sleep(0.02);
    if (err >= 0)
        err = coil_stream_reader_feed_data(r, "tail ", 5);
    if (err >= 0)
        err = coil_sleep(0.02);
    if (err >= 0)
        err = coil_stream_reader_feed_data(r, "end", 3);
    return err < 0 ? err : coil_stream_reader_feed_eof(r);
}

COIL_ASYNC(read_some, (coil_stream_reader *, r), (size_t, n))
{
    char buf[100];
    int got = coil_stream_reader_read(r, buf, n);
    if (got >= 0)
        print_bytes(buf, (size_t)got);
    return got;
}

COIL_ASYNC(read_in_all_ways, (coil_stream_reader *, r))
{
    int err = coil_stream_reader_feed_data(r, "hello world", 11);
    if (err < 0 || (err = read_some(r, 5)) < 0)
        return err;
    printf("\n");
    if ((err = read_some(r, 100)) < 0)
        return err;
    printf("\n");
    if ((err = read_some(r, 0)) < 0)
        return err;
    printf(" at_eof %d\n", coil_stream_reader_at_eof(r));
    coil_task *t = coil_create_task(later(r));
    const char *all;
    size_t n;
    err = coil_stream_reader_read_all(r, &all, &n);
    if (err >= 0) {
        print_bytes(all, n);
        printf("\n");
        err = read_some(r, 10);
        printf(" at_eof %d\n", coil_stream_reader_at_eof(r));
    }
    int joined = coil_await(t);
    return err < 0 ? err : joined;
}

COIL_ASYNC(basics)
{
    coil_stream_reader *r;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    err = read_in_all_ways(r);
    coil_stream_reader_free(r);
    return err;
}

COIL_MAIN(basics())
