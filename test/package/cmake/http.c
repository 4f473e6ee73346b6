/* A consumer of coil::http: fetches a page from a server of its own. */
#include <coil.h>
#include <coil_http.h>
#include <stdio.h>

static int serve(coil_stream *stream, void *arg)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    const char *header;
    size_t size;
    (void)arg;
    int err = coil_stream_readuntil(stream, "\r\n\r\n", 4, &header, &size);
    return err < 0 ? err : coil_stream_send(stream, answer, sizeof answer - 1);
}

COIL_ASYNC(fetch, (int, port))
{
    coil_http_client *client;
    int err = coil_http_client_new(&client);
    if (err < 0)
        return err;
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    const coil_http_request request = {.url = url, .timeout = 10};
    coil_http_response response;
    err = coil_http_fetch(client, &request, &response);
    if (err >= 0) {
        printf("http: %d %s\n", response.status, response.body);
        coil_http_response_done(&response);
    }
    coil_http_client_free(client);
    return err;
}

COIL_ASYNC(consumer)
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, serve, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = fetch(coil_server_port(server));
    coil_server_free(server);
    return err;
}

COIL_MAIN(consumer())
