/* request.c: llhttp is paused at the end of each request, so that what follows in the same bytes (a client
 * may send ahead) stays with the caller until the answer is out. */
#include "request.h"

#include <errno.h>
#include <string.h>

static int take_url(llhttp_t *parser, const char *at, size_t size)
{
    struct request *r = parser->data;
    if (size > REQUEST_PATH_MAX - r->length)
        return HPE_USER;
    memcpy(r->path + r->length, at, size);
    r->length += size;
    return HPE_OK;
}

static int take_end(llhttp_t *parser)
{
    struct request *r = parser->data;
    r->get = parser->method == HTTP_GET;
    r->head = parser->method == HTTP_HEAD;
    r->keep_alive = llhttp_should_keep_alive(parser);
    return HPE_PAUSED;
}

void request_init(struct request *r)
{
    memset(r, 0, sizeof *r);
    llhttp_settings_init(&r->settings);
    r->settings.on_url = take_url;
    r->settings.on_message_complete = take_end;
    llhttp_init(&r->parser, HTTP_REQUEST, &r->settings);
    r->parser.data = r;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Cuts the query off and decodes in place: it only gets shorter. */
static int decode_path(struct request *r)
{
    size_t to = 0;
    for (size_t i = 0; i < r->length && r->path[i] != '?' && r->path[i] != '#'; i++) {
        char c = r->path[i];
        if (c == '%') {
            const int high = i + 1 < r->length ? digit(r->path[i + 1]) : -1;
            const int low = i + 2 < r->length ? digit(r->path[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return -EBADMSG;
            c = (char)(high * 16 + low);
            i += 2;
        }
        r->path[to++] = c;
    }
    r->path[to] = '\0';
    r->length = to;
    return 0;
}

int request_feed(struct request *r, const char *data, size_t size, size_t *ret_used)
{
    llhttp_errno_t status = llhttp_execute(&r->parser, data, size);
    *ret_used = size;
    if (status == HPE_PAUSED)
        *ret_used = (size_t)(llhttp_get_error_pos(&r->parser) - data);
    r->fed += *ret_used;
    if (status == HPE_USER)
        return -ENAMETOOLONG;
    if (status != HPE_OK && status != HPE_PAUSED)
        return -EBADMSG;
    if (r->fed > REQUEST_HEAD_MAX)
        return -E2BIG;
    if (status == HPE_OK)
        return 0;
    int err = decode_path(r);
    return err < 0 ? err : 1;
}

void request_next(struct request *r)
{
    llhttp_resume(&r->parser);
    r->length = 0;
    r->fed = 0;
}
