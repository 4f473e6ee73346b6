/* http/src/multi.c: curl's multi_socket interface on the loop's callbacks: curl says which sockets and which timer it wants, the
 * loop tells when they are ready. curl is entered only from callbacks of the loop and from the calls of coil_http.h.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "internal.h"

struct watched {
    coil_http_client *client;
    curl_socket_t fd;
    bool reading, writing;
};

/* Tells the transfers that have ended. */
static void collect(coil_http_client *c)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(c->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        coil_http_transfer *t = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        t->done = true;
        t->result = (int)code;
        http__wake(t);
    }
}

static int act(struct watched *w, int what)
{
    coil_http_client *c = w->client; /* curl may give w back during the call */
    int running;
    curl_multi_socket_action(c->multi, w->fd, what, &running);
    collect(c);
    return 0;
}

static int on_readable(void *arg)
{
    return act(arg, CURL_CSELECT_IN);
}

static int on_writable(void *arg)
{
    return act(arg, CURL_CSELECT_OUT);
}

/* The loop can't do what curl needs. curl would wait for ever, and does not say for which transfers. */
static void fail_all(coil_http_client *c, int err)
{
    for (coil_http_transfer *t = c->first; t; t = t->next) {
        if (t->done)
            continue;
        t->done = true;
        t->result = CURLE_OUT_OF_MEMORY;
        t->failure = err;
        http__wake(t);
    }
}

static int watch(struct watched *w, bool read, bool write)
{
    int err = 0;
    if (read && !w->reading)
        err = coil_add_reader(w->fd, on_readable, w);
    else if (!read && w->reading)
        coil_remove_reader(w->fd);
    w->reading = read && err >= 0;
    if (err < 0)
        return err;
    if (write && !w->writing)
        err = coil_add_writer(w->fd, on_writable, w);
    else if (!write && w->writing)
        coil_remove_writer(w->fd);
    w->writing = write && err >= 0;
    return err;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    (void)easy;
    coil_http_client *c = arg;
    struct watched *w = socket_arg;
    if (what == CURL_POLL_REMOVE) {
        if (w)
            watch(w, false, false);
        free(w);
        return 0;
    }
    if (!w) {
        w = calloc(1, sizeof *w);
        if (!w) {
            fail_all(c, -ENOMEM);
            return 0;
        }
        w->client = c;
        w->fd = fd;
        curl_multi_assign(c->multi, fd, w);
    }
    int err = watch(w, what & CURL_POLL_IN, what & CURL_POLL_OUT);
    if (err < 0)
        fail_all(c, err);
    return 0;
}

static void disarm(coil_http_client *c)
{
    if (!c->timer)
        return;
    coil_handle_cancel(c->timer);
    coil_handle_unref(c->timer);
    c->timer = NULL;
}

static int on_timer(void *arg)
{
    coil_http_client *c = arg;
    int running;
    disarm(c);
    curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(c);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
    (void)multi;
    coil_http_client *c = arg;
    disarm(c);
    if (timeout_ms < 0)
        return 0;
    c->timer = coil_handle_ref(coil_call_later((double)timeout_ms / 1000, on_timer, c));
    if (!c->timer)
        fail_all(c, -ENOMEM);
    return 0;
}

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

int coil_http_client_new(coil_http_client **ret_client)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    if (!coil_loop_running())
        return -COIL_ENOLOOP;
    coil_http_client *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->multi = curl_multi_init();
    if (!c->multi) {
        free(c);
        return -ENOMEM;
    }
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    *ret_client = c;
    return 0;
}

void coil_http_client_free(coil_http_client *c)
{
    if (!c)
        return;
    curl_multi_cleanup(c->multi);
    disarm(c);
    free(c);
}

static void leave(coil_http_transfer *t)
{
    if (!t->link)
        return;
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    t->link = NULL;
}

int http__start(coil_http_transfer *t)
{
    coil_http_client *c = t->client;
    t->next = c->first;
    t->link = &c->first;
    c->first = t;
    if (t->next)
        t->next->link = &t->next;
    if (curl_multi_add_handle(c->multi, t->easy) == CURLM_OK)
        return 0;
    leave(t);
    return coil_fail(-COIL_EHTTP, "curl does not take the transfer");
}

void http__stop(coil_http_transfer *t)
{
    leave(t);
    curl_multi_remove_handle(t->client->multi, t->easy);
}
