/* request.h: HTTP/1 requests out of a stream of bytes, by llhttp.
 *
 * request_init once for a connection; feed what arrives; when a request is complete, answer it, then
 * request_next and feed the rest. Bodies are passed over. Nothing is allocated.
 */
#ifndef PICTURES_REQUEST_H
#define PICTURES_REQUEST_H

#include <llhttp/llhttp.h>
#include <stddef.h>

enum { REQUEST_PATH_MAX = 2048, REQUEST_HEAD_MAX = 16 * 1024 };

struct request {
    llhttp_t parser;
    llhttp_settings_t settings;
    char path[REQUEST_PATH_MAX + 1]; /* when complete: decoded, without the query */
    size_t length;                   /* of path                                   */
    size_t fed;                      /* bytes since the last request_next         */
    int get, head;                   /* when complete: which method it was        */
    int keep_alive;                  /* when complete: the client expects the connection to go on */
};

void request_init(struct request *r);

/* Takes bytes. ret_used: how many belong to this request. Returns 1 when it is complete, 0 when it wants more,
 * -EBADMSG (no HTTP; a path that can't be decoded), -ENAMETOOLONG (the path), -E2BIG (the rest). */
int request_feed(struct request *r, const char *data, size_t size, size_t *ret_used);

/* Begins the next request of the same connection. */
void request_next(struct request *r);

#endif
