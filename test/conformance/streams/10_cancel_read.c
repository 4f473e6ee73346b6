/* A cancelled read loses no data: the next read gets it. */
#include <coil.h>

#include "streams/bytes.h"

COIL_ASYNC(cancel_and_read_again, (coil_stream_reader *, r))
{
    char lost[6], buf[6];
    coil_task *t = coil_create_task(coil_stream_reader_readexactly(r, lost, 6));
    int err = coil_sleep(0);
    if (err >= 0)
        err = coil_stream_reader_feed_data(r, "abc", 3);
    if (err >= 0)
        err = coil_sleep(0.02);
    coil_task_cancel(t);
    if (coil_await(t) == -ECANCELED)
        printf("CancelledError\n");
    if (err >= 0)
        err = coil_stream_reader_feed_data(r, "def", 3);
    if (err >= 0)
        err = coil_stream_reader_readexactly(r, buf, 6);
    if (err < 0)
        return err;
    print_bytes(buf, 6);
    printf("\n");
    return 0;
}

COIL_ASYNC(hello)
{
    coil_stream_reader *r;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    err = cancel_and_read_again(r);
    coil_stream_reader_free(r);
    return err;
}

COIL_MAIN(hello())
