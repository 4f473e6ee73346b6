/* The HTTP client against a server of this loop. What libcurl itself does is not ours to fail. */
#include "coil_http.h"
#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

static int answer(coil_stream *s, void *arg)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                "Content-Length: 5\r\n\r\nhello";
    const char *head;
    size_t n;
    (void)arg;
    int err;
    while ((err = coil_stream_readuntil(s, "\r\n\r\n", 4, &head, &n)) > 0)
        if ((err = coil_stream_send(s, reply, sizeof reply - 1)) < 0)
            return err;
    return err == -COIL_EINCOMPLETE ? 0 : err;
}

COIL_ASYNC(fetch, (coil_http_client *, client), (int, port))
{
    char url[64];
    coil_http_response response;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    coil_http_request request = {.url = url};
    int err = coil_http_fetch(client, &request, &response);
    if (err < 0)
        return err;
    err = response.status == 200 && response.size == 5 && memcmp(response.body, "hello", 5) == 0
              ? 0
              : -EBADMSG;
    coil_http_response_done(&response);
    return err;
}

/* Two requests over one connection, then an open one that is left early. */
COIL_ASYNC(ask, (int, port))
{
    coil_http_client *client;
    int err = coil_http_client_new(&client);
    if (err < 0)
        return err;
    err = fetch(client, port);
    if (err >= 0)
        err = fetch(client, port);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    coil_http_request request = {.url = url};
    coil_http_transfer *t;
    if (err >= 0)
        err = coil_http_open(client, &request, &t);
    if (err >= 0)
        coil_http_close(t);
    coil_http_client_free(client);
    return err;
}

COIL_ASYNC(browse)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, answer, NULL, NULL, &server);
    if (err < 0)
        return err;
    int port = coil_server_port(server);
    err = port < 0 ? port : coil_wait_for(ask(port), LIMIT);
    coil_server_free(server);
    return err;
}

static int run_http(void)
{
    return coil_run(browse());
}

int main(void)
{
    /* The server may meet the failure and hang up. */
    const struct walk list[] = {
        {"http",
         run_http,
         150,
         205,
         {ENOMEM, ECONNRESET, COIL_EHTTP, COIL_EHTTP_TRUNCATED, COIL_EDNS_AGAIN, ECONNREFUSED},
         18},
    };
    return walk_main(list, sizeof list / sizeof *list);
}
