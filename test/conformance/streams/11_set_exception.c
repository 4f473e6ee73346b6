/* An error set on the reader wakes the waiter with it and is raised by every later read. */
#include <stdio.h>

#include <coil.h>

COIL_ASYNC(read_one, (coil_stream_reader *, r))
{
    char byte;
    int err = coil_stream_reader_read(r, &byte, 1);
    if (err == -EIO)
        printf("waiter OSError: %s\n", coil_error_message(err));
    return 0;
}

COIL_ASYNC(hello)
{
    coil_stream_reader *r;
    const char *data;
    size_t n;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    coil_task *t = coil_create_task(read_one(r));
    err = coil_sleep(0);
    coil_stream_reader_set_error(r, coil_fail(-EIO, "link down"));
    if (err >= 0)
        err = coil_await(t);
    for (int i = 0; i < 2 && err >= 0; i++) {
        int later = i == 0 ? coil_stream_reader_readline(r, &data, &n)
                           : coil_stream_reader_read_all(r, &data, &n);
        if (later == -EIO)
            printf("later OSError: %s\n", coil_error_message(later));
    }
    coil_stream_reader_free(r);
    return err;
}

COIL_MAIN(hello())
