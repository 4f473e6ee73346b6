/* readline at the end returns the unfinished line, then empty; line ends are kept. */
#include <string.h>

#include <coil.h>

#include "streams/bytes.h"

COIL_ASYNC(lines)
{
    coil_stream_reader *r;
    const char *text = "one\ntwo\n\nunfinished", *line;
    size_t n;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    err = coil_stream_reader_feed_data(r, text, strlen(text));
    coil_stream_reader_feed_eof(r);
    while (err >= 0) {
        err = coil_stream_reader_readline(r, &line, &n);
        if (err < 0)
            break;
        print_bytes(line, n);
        printf("\n");
        if (n == 0)
            break;
    }
    printf("at_eof %d\n", coil_stream_reader_at_eof(r));
    coil_stream_reader_free(r);
    return err;
}

COIL_MAIN(lines())
