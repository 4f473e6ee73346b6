/* Two tasks reading one stream at the same time is an error for the second. */
#include <coil.h>

#include "streams/bytes.h"

COIL_ASYNC(read_ten, (coil_stream_reader *, r), (const char *, name))
{
    char buf[10];
    int n = coil_stream_reader_read(r, buf, sizeof buf);
    if (n == -COIL_ECONCURRENT) {
        printf("%s RuntimeError\n", name);
        return 0;
    }
    if (n < 0)
        return n;
    printf("%s got ", name);
    print_bytes(buf, (size_t)n);
    printf("\n");
    return 0;
}

COIL_ASYNC(hello)
{
    coil_stream_reader *r;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    coil_task *a = coil_create_task(read_ten(r, "first"));
    coil_task *b = coil_create_task(read_ten(r, "second"));
    err = coil_sleep(0.02);
    if (err >= 0)
        err = coil_stream_reader_feed_data(r, "data", 4);
    int joined = coil_gather(coil_await(a), coil_await(b));
    coil_stream_reader_free(r);
    return err < 0 ? err : joined;
}

COIL_MAIN(hello())
