/* html.c: escaping by replacing, never by dropping, so that a strange name still shows itself. */
#include "html.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(struct html *h, const void *data, size_t size)
{
    if (h->err == 0)
        h->err = bytes_append(h->out, data, size);
}

void html_put(struct html *h, const char *fmt, ...)
{
    if (h->err < 0)
        return;
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    if (length < 0)
        h->err = -EINVAL;
    else
        h->err = bytes_reserve(h->out, (size_t)length + 1);
    if (h->err == 0) {
        vsnprintf((char *)h->out->data + h->out->size, (size_t)length + 1, fmt, again);
        h->out->size += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

/* How many bytes the UTF-8 character at s has; 0 when it is none (overlong, surrogate, cut). */
static size_t character(const unsigned char *s)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t length = 1; length <= 4; length++) {
        if ((s[0] & forms[length - 1].mask) != forms[length - 1].lead)
            continue;
        uint32_t code = s[0] & (unsigned char)~forms[length - 1].mask;
        for (size_t i = 1; i < length; i++) {
            if ((s[i] & 0xc0) != 0x80) /* the terminating zero stops here too */
                return 0;
            code = code << 6 | (s[i] & 0x3f);
        }
        const int surrogate = code >= 0xd800 && code < 0xe000;
        return code < forms[length - 1].least || surrogate || code > 0x10ffff ? 0 : length;
    }
    return 0;
}

void html_text(struct html *h, const char *text)
{
    const unsigned char *s = (const unsigned char *)(text ? text : "");
    while (*s) {
        size_t length = character(s);
        const int control = *s < 0x20 || *s == 0x7f;
        if (length == 0 || (control && *s != '\t' && *s != '\n'))
            append(h, "\xef\xbf\xbd", 3);
        else if (*s == '&')
            append(h, "&amp;", 5);
        else if (*s == '<')
            append(h, "&lt;", 4);
        else if (*s == '>')
            append(h, "&gt;", 4);
        else if (*s == '"')
            append(h, "&quot;", 6);
        else if (*s == '\'')
            append(h, "&#39;", 5);
        else
            append(h, s, length);
        s += length ? length : 1;
    }
}

void html_data_url(struct html *h, const uint8_t *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const int png = size >= 4 && memcmp(data, "\x89PNG", 4) == 0;
    html_put(h, "data:image/%s;base64,", png ? "png" : "jpeg");
    if (h->err == 0)
        h->err = bytes_reserve(h->out, (size + 2) / 3 * 4);
    if (h->err < 0)
        return;
    uint8_t *to = h->out->data + h->out->size;
    for (size_t i = 0; i < size; i += 3) {
        const size_t have = size - i < 3 ? size - i : 3;
        const uint32_t bits = (uint32_t)data[i] << 16 |
                              (have > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                              (have > 2 ? data[i + 2] : 0);
        *to++ = (uint8_t)digits[bits >> 18];
        *to++ = (uint8_t)digits[bits >> 12 & 63];
        *to++ = (uint8_t)(have > 1 ? digits[bits >> 6 & 63] : '=');
        *to++ = (uint8_t)(have > 2 ? digits[bits & 63] : '=');
    }
    h->out->size = (size_t)(to - h->out->data);
}
