/* readuntil_any takes several separators; the earliest end wins. */
#include <string.h>

#include <coil.h>

#include "streams/bytes.h"

COIL_ASYNC(hello)
{
    static const char *const separators[] = {"\r\n", ";", "\n"};
    const char *text = "a;b\r\nc\nlast;";
    coil_stream_reader *r;
    int err = coil_stream_reader_new(0, &r);
    if (err < 0)
        return err;
    err = coil_stream_reader_feed_data(r, text, strlen(text));
    for (int i = 0; i < 4 && err >= 0; i++) {
        const char *data;
        size_t n;
        err = coil_stream_reader_readuntil_any(r, separators, 3, &data, &n);
        if (err >= 0) {
            print_bytes(data, n);
            printf("\n");
        }
    }
    coil_stream_reader_free(r);
    return err;
}

COIL_MAIN(hello())
