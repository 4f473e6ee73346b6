/* https/server.c: an HTTPS server that answers each request with what it was told: `https_server CERTIFICATE KEY [PORT]`.
 *
 * A TLS stream is a coil_stream: but for the context and the name of the start call this is a plain server. A client that
 * speaks no TLS, or takes no interest in our certificate, is reported by `refused` and troubles nobody else.
 */
#include <coil_tls.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One request: its head, up to the empty line, comes back as the answer's text. */
static int answer(coil_stream *s, const char *head, size_t n)
{
    char start[128];
    int size =
        snprintf(start, sizeof start,
                 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", n);
    struct iovec pieces[] = {{start, (size_t)size}, {(char *)head, n}};
    int err = coil_stream_writelines(s, pieces, 2);
    return err < 0 ? err : coil_stream_drain(s);
}

/* Requests one after the other, until the client says farewell. */
static int serve_client(coil_stream *s, void *arg)
{
    const char *head;
    size_t n;
    int err;
    (void)arg;
    while ((err = coil_stream_readuntil(s, "\r\n\r\n", 4, &head, &n)) > 0)
        if ((err = answer(s, head, n)) < 0)
            break;
    return err == -COIL_EINCOMPLETE ? 0 : err; /* the end came where a request would begin */
}

static void refused(void *arg, coil_stream *s, int err)
{
    (void)arg, (void)s;
    fprintf(stderr, "refused: %s\n", coil_error_message(err));
}

static int stop(void *event)
{
    coil_event_set(event);
    return 0;
}

COIL_ASYNC(serve, (const char *, certificate), (const char *, key), (int, port))
{
    static const char *const protocols[] = {"http/1.1", NULL};
    coil_tls_config config = {
        .cert_chain = certificate, .key = key, .alpn = protocols, .refused = refused};
    coil_tls_context *context;
    coil_server *server;
    coil_event stopped;
    int err = coil_tls_server_context_new(&config, &context);
    if (err < 0)
        return err;
    coil_event_init(&stopped);
    err = coil_tls_start_server("127.0.0.1", port, serve_client, NULL, context, NULL, &server);
    if (err < 0)
        goto free_context;
    err = coil_add_signal_handler(SIGTERM, stop, &stopped);
    if (err < 0)
        goto free_server;
    printf("https://localhost:%d\n", coil_server_port(server));
    fflush(stdout);
    err = coil_event_wait(&stopped);
free_server:
    coil_server_free(server);
free_context:
    coil_tls_context_free(context);
    return err;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s CERTIFICATE KEY [PORT]\n", argv[0]);
        return 2;
    }
    int err = coil_run(serve(argv[1], argv[2], argc > 3 ? atoi(argv[3]) : 0));
    if (err < 0)
        fprintf(stderr, "%s: %s\n", argv[0], coil_error_message(err));
    return err < 0;
}
