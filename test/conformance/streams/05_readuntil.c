/* readuntil keeps the separator, may span chunks, and fails with the partial data at the end. */
#include <string.h>

#include <coil.h>

#include "streams/bytes.h"

COIL_ASYNC(feed, (coil_stream_reader *, r))
{
    const char *const parts[] = {"key=val;", "a=1", ";;", "rest"};
    for (int i = 0; i < 4; i++) {
        int err = coil_stream_reader_feed_data(r, parts[i], strlen(parts[i]));
        if (err >= 0)
            err = coil_sleep(0.02);
        if (err < 0)
            return err;
    }
    return coil_stream_reader_feed_eof(r);
}

COIL_ASYNC(until, (coil_stream_reader *, r), (const char *, separator))
{
    const char *data;
    size_t n;
    int err = coil_stream_reader_readuntil(r, separator, strlen(separator), &data, &n);
    if (err >= 0) {
        print_bytes(data, n);
        printf("\n");
    } else if (err == -COIL_EINCOMPLETE) {
        int partial = coil_stream_reader_partial(r, &data);
        printf("IncompleteReadError partial ");
        print_bytes(data, (size_t)partial);
        printf(" expected None\n");
        err = 0;
    }
    return err;
}

COIL_ASYNC(hello)
{
    coil_stream_reader *r;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    coil_task *t = coil_create_task(feed(r));
    const char *const separators[] = {";", ";;", ";"};
    for (int i = 0; i < 3 && err >= 0; i++)
        err = until(r, separators[i]);
    int joined = coil_await(t);
    coil_stream_reader_free(r);
    return err < 0 ? err : joined;
}

COIL_MAIN(hello())
