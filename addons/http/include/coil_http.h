/* coil_http.h: an HTTP client for Coil, on libcurl.
 *
 * One client belongs to one loop and keeps connections open for the next request. A transfer is opened (that waits for the
 * response's header), read in chunks, and closed; coil_http_fetch does all three. At most 256 KiB of a body wait to be read:
 * then the server is made to wait. TLS certificates are verified unless a request says otherwise.
 *
 * Errors: -COIL_EHTTP_URL, -COIL_EHTTP_TRUNCATED, -COIL_EHTTP_REDIRECTS, -COIL_EDNS_NONAME, -COIL_ETLS, -ETIMEDOUT,
 * -ECONNREFUSED, -ECONNRESET, -ENOMEM, and -COIL_EHTTP for the rest, with curl's message (coil_error_message). A status such as
 * 404 is no error: coil_http_status tells it.
 */
#ifndef COIL_HTTP_H
#define COIL_HTTP_H

#include <stddef.h>

#include "coil.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_http_client coil_http_client;
typedef struct coil_http_transfer coil_http_transfer;

/* Called as a body arrives: bytes so far, and the announced total or -1. */
typedef void (*coil_http_progress)(void *arg, long long received, long long total);

/* What to ask for. Zero everywhere but the url is a GET that follows up to 10 redirects without a time limit. All pointers must
 * stay valid until the transfer is closed. */
typedef struct coil_http_request {
    const char *url;            /* http:// or https://                              */
    const char *method;         /* NULL: GET, or POST when there is a body          */
    const char *const *headers; /* "Name: value" lines, NULL at the end; or NULL    */
    const void *body;
    size_t body_size;
    double timeout;         /* seconds for the whole transfer; 0: none          */
    double connect_timeout; /* seconds; 0: curl's 300                           */
    int no_redirects;       /* 1: a 3xx is the response                         */
    int max_redirects;      /* 0: 10                                            */
    int insecure;           /* 1: don't verify the server's certificate         */
    const char *ca_file;    /* PEM; NULL: the system's                          */
    size_t max_body;        /* coil_http_fetch: more is -COIL_ELIMIT; 0: 64 MiB */
    coil_http_progress on_progress;
    void *progress_arg;
} coil_http_request;

/* A whole response, as coil_http_fetch gives it; coil_http_response_done frees it. */
typedef struct coil_http_response {
    int status;
    char *body; /* a 0 byte follows it */
    size_t size;
    char *content_type; /* NULL when there was none */
} coil_http_response;

/* Makes a client of the running loop. Returns 0 and the client, -COIL_ENOLOOP, -ENOMEM.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
COIL__NODISCARD int coil_http_client_new(coil_http_client **ret_client);
/* Closes its connections and frees it. Its transfers must have been closed. NULL is fine. While the loop runs.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_http_client_free(coil_http_client *client);

/* Sends a request and waits for the response's header. Returns 0 and the transfer, yours to close; or an error.
 * From: coroutine. Suspends: yes. Cancel: the transfer is closed, its connection too. */
COIL_DECLARE(coil_http_open, (coil_http_client *, client), (const coil_http_request *, request),
             (coil_http_transfer *, transfer, out));
/* Waits for the next piece of the body. Returns how many bytes, at most n, 0 at the end; or the error that broke the transfer,
 * after the bytes that came before it. From: coroutine. Suspends: yes, unless bytes are there. Cancel: no byte is lost. */
COIL_DECLARE(coil_http_read, (coil_http_transfer *, transfer), (void *, buf), (size_t, n));
/* Gives the response's status, such as 200. From: loop thread. Suspends: no. Cancel: not applicable. */
int coil_http_status(const coil_http_transfer *transfer);
/* Gives a header's value (the last response's, the first of that name), NULL when it has none; valid until the next call of it.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
const char *coil_http_header(coil_http_transfer *transfer, const char *name);
/* Gives the announced length of the body, -1 when there is none.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
long long coil_http_content_length(const coil_http_transfer *transfer);
/* Gives the URL after redirects. From: loop thread. Suspends: no. Cancel: not applicable. */
const char *coil_http_url(const coil_http_transfer *transfer);
/* Ends and frees a transfer. A connection whose response was read to the end is kept for the next request. NULL is fine.
 * From: loop thread. Suspends: no. Cancel: not applicable. */
void coil_http_close(coil_http_transfer *transfer);

/* Does all of it. Returns 0 and the response, or an error. The response is written into *ret_response, which must stay valid until
 * the call has ended, only on success. From: coroutine. Suspends: yes. Cancel: the transfer is closed. */
COIL_DECLARE(coil_http_fetch, (coil_http_client *, client), (const coil_http_request *, request),
             (coil_http_response *, ret_response));
/* Frees what a response owns and zeroes it. From: any thread. Suspends: no. Cancel: not applicable. */
void coil_http_response_done(coil_http_response *response);

#ifdef __cplusplus
}
#endif
#endif
