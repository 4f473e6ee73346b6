/* html.h: writing HTML into bytes without asking after each word whether memory was there.
 * The first failure sticks in err and makes what follows do nothing. */
#ifndef PICTURES_HTML_H
#define PICTURES_HTML_H

#include "bytes.h"

struct html {
    struct bytes *out;
    int err; /* 0, or -ENOMEM from then on */
};

/* Appends markup as it is; fmt: printf's. Strings in it are not escaped: use html_text for those. */
void html_put(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends a string from outside, fit for text and for quoted attributes. NULL is nothing. */
void html_text(struct html *h, const char *text);

/* Appends a picture file as a data: URL. */
void html_data_url(struct html *h, const uint8_t *data, size_t size);

#endif
