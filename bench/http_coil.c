/* bench/http_coil.c: HTTP/1.1 on Coil's public stream calls and llhttp, node's parser: a coroutine per connection, which reads, parses all that
 * came, and answers every request that is complete with the same words.
 */
#include <llhttp/llhttp.h>
#include <string.h>

#include "serve.h"

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                             "Content-Length: 13\r\n\r\nHello, world\n";

struct connection {
    llhttp_t parser;
    int requests; /* that are complete and have no answer */
    int keep_alive;
};

static llhttp_settings_t settings; /* the same for all, and constant once the server runs */

static int request_complete(llhttp_t *parser)
{
    struct connection *c = parser->data;
    c->requests++;
    c->keep_alive = llhttp_should_keep_alive(parser);
    return HPE_OK;
}

static int answer_all(coil_stream *stream, struct connection *c)
{
    int err = 0;
    for (; c->requests > 0 && err >= 0; c->requests--)
        err = coil_stream_send(stream, answer, sizeof answer - 1);
    return err;
}

static int serve_client(coil_stream *stream, void *arg)
{
    char buf[1024];
    struct connection c = {.keep_alive = 1};
    int n;
    (void)arg;
    llhttp_init(&c.parser, HTTP_REQUEST, &settings);
    c.parser.data = &c;
    while (c.keep_alive && (n = coil_stream_read(stream, buf, sizeof buf)) > 0) {
        llhttp_errno_t status = llhttp_execute(&c.parser, buf, (size_t)n);
        int err = answer_all(stream, &c);
        if (err < 0)
            return err;
        if (status != HPE_OK)
            return coil_fail(-EBADMSG, "no HTTP: %s", llhttp_get_error_reason(&c.parser));
    }
    coil_stream_close(stream);
    return 0;
}

COIL_ASYNC(serve)
{
    llhttp_settings_init(&settings);
    settings.on_message_complete = request_complete;
    coil_server_options options = {.backlog = 4096};
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, serve_client, NULL, &options, &server);
    return err < 0 ? err : serve_until_stopped(server);
}
COIL_MAIN(serve())
