/* http/src/transfer.c: one request and its response. What curl receives lies in the buffer until it is read; when that is full the
 * transfer is paused, and goes on when there is room again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { FULL = 256 * 1024 };

void http__wake(coil_http_transfer *t)
{
    if (t->waiter)
        coil_future_set_result(t->waiter, NULL);
}

/* Suspends until something happens to the transfer. One task at a time. */
static int wait_for_event(coil_http_transfer *t)
{
    if (t->waiter)
        return coil_fail(-COIL_ECONCURRENT, "two tasks wait for one transfer");
    t->waiter = coil_future_new();
    if (!t->waiter)
        return -ENOMEM;
    int err = coil_future_await(t->waiter, NULL);
    coil_future_unref(t->waiter);
    t->waiter = NULL;
    return err;
}

/* ---------------------------------------------------------------- curl's callbacks ---- */

static bool make_room(coil_http_transfer *t, size_t n)
{
    if (t->start > 0) {
        memmove(t->buffer, t->buffer + t->start, t->end - t->start);
        t->end -= t->start;
        t->start = 0;
    }
    if (t->end + n <= t->room)
        return true;
    size_t room = t->room ? t->room * 2 : 32 * 1024;
    while (room < t->end + n)
        room *= 2;
    char *bigger = realloc(t->buffer, room);
    if (!bigger)
        return false;
    t->buffer = bigger;
    t->room = room;
    return true;
}

static void final_header(coil_http_transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->status = (int)status;
    t->header_complete = true;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    coil_http_transfer *t = arg;
    size_t n = size * count;
    if (!t->header_complete) /* the first byte of a body: the header was the final one */
        final_header(t);
    if (t->end - t->start + n > FULL) {
        t->paused = true;
        http__wake(t);
        return CURL_WRITEFUNC_PAUSE;
    }
    if (!make_room(t, n))
        return 0;
    memcpy(t->buffer + t->end, data, n);
    t->end += n;
    http__wake(t);
    return n;
}

static int on_xferinfo(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    coil_http_transfer *t = arg;
    (void)up_total;
    (void)up_now;
    if (now > 0)
        t->on_progress(t->progress_arg, (long long)now, total > 0 ? (long long)total : -1);
    return 0;
}

/* ---------------------------------------------------------------- opening ---- */

static long milliseconds(double seconds)
{
    return seconds > 0 && seconds < 1e6 ? (long)(seconds * 1000 + 0.999) : 0;
}

static int set_up(coil_http_transfer *t, const coil_http_request *r)
{
    CURL *e = t->easy;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error_text);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, r->no_redirects ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_MAXREDIRS, r->max_redirects > 0 ? (long)r->max_redirects : 10L);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, milliseconds(r->timeout));
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(r->connect_timeout));
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, r->insecure ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, r->insecure ? 0L : 2L);
    if (r->ca_file)
        curl_easy_setopt(e, CURLOPT_CAINFO, r->ca_file);
    if (r->on_progress) {
        t->on_progress = r->on_progress;
        t->progress_arg = r->progress_arg;
        curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_xferinfo);
        curl_easy_setopt(e, CURLOPT_XFERINFODATA, t);
    }
    if (r->body) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_size);
    }
    if (r->method && strcmp(r->method, "HEAD") == 0)
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    else if (r->method)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, r->method);
    for (const char *const *h = r->headers; h && *h; h++) {
        struct curl_slist *longer = curl_slist_append(t->headers, *h);
        if (!longer)
            return -ENOMEM;
        t->headers = longer;
    }
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
    return curl_easy_setopt(e, CURLOPT_URL, r->url) == CURLE_OK ? 0 : -ENOMEM;
}

void coil_http_close(coil_http_transfer *t)
{
    if (!t)
        return;
    if (t->client)
        http__stop(t);
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    free(t->buffer);
    free(t);
}

int coil_http_open(coil_http_client *client, const coil_http_request *request,
                   coil_http_transfer **ret_transfer)
{
    if (!client || !request || !request->url)
        return coil_fail(-EINVAL, "coil_http_open: no client, request or url");
    if (!coil_current_task())
        return coil_loop_running() ? -COIL_ENOTASK : -COIL_ENOLOOP;
    coil_http_transfer *t = calloc(1, sizeof *t);
    if (!t)
        return -ENOMEM;
    t->easy = curl_easy_init();
    int err = t->easy ? set_up(t, request) : -ENOMEM;
    if (err >= 0) {
        t->client = client;
        err = http__start(t);
    }
    while (err >= 0 && !t->header_complete && !t->done)
        err = wait_for_event(t);
    if (err >= 0 && t->done && t->result != CURLE_OK && !t->header_complete)
        err = http__error((CURLcode)t->result, t);
    if (err < 0) {
        coil_http_close(t);
        return err;
    }
    if (!t->header_complete)
        final_header(t); /* a response without a body */
    *ret_transfer = t;
    return 0;
}

/* ---------------------------------------------------------------- reading ---- */

int coil_http_read(coil_http_transfer *t, void *buf, size_t n)
{
    if (!t || (!buf && n > 0))
        return -EINVAL;
    while (t->start == t->end && !t->done) {
        if (t->paused) {
            t->paused = false;
            curl_easy_pause(t->easy, CURLPAUSE_CONT); /* may deliver at once */
            continue;
        }
        int err = wait_for_event(t);
        if (err < 0)
            return err;
    }
    if (t->start == t->end)
        return http__error((CURLcode)t->result, t);
    if (n > t->end - t->start)
        n = t->end - t->start;
    if (n > 1 << 30)
        n = 1 << 30;
    memcpy(buf, t->buffer + t->start, n);
    t->start += n;
    return (int)n;
}

int coil_http_status(const coil_http_transfer *t)
{
    return t->status;
}

const char *coil_http_header(coil_http_transfer *t, const char *name)
{
    struct curl_header *h;
    return curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

long long coil_http_content_length(const coil_http_transfer *t)
{
    curl_off_t n = -1;
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n);
    return (long long)n;
}

const char *coil_http_url(const coil_http_transfer *t)
{
    char *url = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
    return url;
}

/* ---------------------------------------------------------------- fetch ---- */

static int read_all(coil_http_transfer *t, size_t limit, coil_http_response *r)
{
    size_t room = 0;
    for (;;) {
        if (r->size + 1 >= room) {
            room = room ? room * 2 : 16 * 1024;
            char *bigger = realloc(r->body, room);
            if (!bigger)
                return -ENOMEM;
            r->body = bigger;
        }
        int n = coil_http_read(t, r->body + r->size, room - r->size - 1);
        if (n < 0)
            return n;
        r->size += (size_t)n;
        if (n == 0)
            break;
        if (r->size > limit)
            return coil_fail(-COIL_ELIMIT, "the body of %s exceeds %zu bytes", coil_http_url(t),
                             limit);
    }
    r->body[r->size] = 0;
    return 0;
}

int coil_http_fetch(coil_http_client *client, const coil_http_request *request,
                    coil_http_response *ret_response)
{
    coil_http_transfer *t;
    int err = coil_http_open(client, request, &t);
    if (err < 0)
        return err;
    coil_http_response r = {.status = t->status};
    err = read_all(t, request->max_body ? request->max_body : (size_t)64 << 20, &r);
    const char *type = err >= 0 ? coil_http_header(t, "Content-Type") : NULL;
    if (type && !(r.content_type = strdup(type)))
        err = -ENOMEM;
    coil_http_close(t);
    if (err < 0)
        coil_http_response_done(&r);
    else
        *ret_response = r;
    return err;
}

void coil_http_response_done(coil_http_response *r)
{
    free(r->body);
    free(r->content_type);
    *r = (coil_http_response){0};
}
