/* streams/bytes.h: prints bytes as Python shows them. */
#ifndef CONFORMANCE_STREAMS_BYTES_H
#define CONFORMANCE_STREAMS_BYTES_H

#include <stdio.h>

static inline void print_bytes(const char *bytes, size_t n)
{
    printf("b'");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\n')
            printf("\\n");
        else if (c == '\r')
            printf("\\r");
        else if (c == '\\' || c == '\'')
            printf("\\%c", c);
        else if (c < 32 || c > 126)
            printf("\\x%02x", c);
        else
            putchar(c);
    }
    printf("'");
}

#endif
