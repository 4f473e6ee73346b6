/* The HTTP client against a server that answers with anything, in pieces of any size, and hangs up anywhere; and with any
 * URL, method and header lines in the request. Every host is our server: it is the proxy of all of them.
 */
#include "fuzz.h"

#include "coil_http.h"

enum { MOST_TEXT = 300 };

static coil_server *server;
static struct fuzz *answers; /* what is left to be answered with, or NULL */

/* ---------------------------------------------------------------- the server ---- */

/* Each connection gets the next part of the input: its length in 16 bits, then pieces. */
static int answer(coil_stream *stream, void *arg)
{
    (void)arg;
    struct fuzz none = {(const uint8_t *)"", 0};
    struct fuzz *in = answers ? answers : &none;
    struct fuzz mine = fuzz_take(in, fuzz_upto(in, 1000));
    int err = 0;
    while (mine.left > 0 && err >= 0) {
        struct fuzz piece = fuzz_take(&mine, 1 + fuzz_byte(&mine));
        err = coil_stream_send(stream, piece.at, piece.left);
        if (err >= 0 && fuzz_byte(&mine) % 4 == 0)
            err = coil_yield_now();
    }
    const char *rest;
    if (err >= 0)
        err = coil_stream_write_eof(stream);
    if (err >= 0)
        err = coil_stream_read_all(stream, &rest, NULL); /* the request must not come too late */
    return err == -ECANCELED ? err : 0;
}

/* ---------------------------------------------------------------- the client ---- */

static char *text(struct fuzz *in, char *buf, size_t n)
{
    struct fuzz part = fuzz_take(in, fuzz_upto(in, (unsigned)n - 1));
    memcpy(buf, part.at, part.left);
    buf[part.left] = '\0';
    return buf;
}

static int fetch(coil_http_client *client, const coil_http_request *request)
{
    coil_http_response r = {0};
    int err = coil_http_fetch(client, request, &r);
    if (err < 0) {
        FUZZ_MUST(r.body == NULL && r.content_type == NULL);
        return err;
    }
    FUZZ_MUST(r.size <= request->max_body && strlen(r.body) <= r.size && r.body[r.size] == 0);
    FUZZ_MUST(r.status >= 0 && (!r.content_type || strlen(r.content_type) < 100000));
    coil_http_response_done(&r);
    return err;
}

/* Reads a part or all of it, in any steps. */
static int read_some(coil_http_client *client, const coil_http_request *request, struct fuzz *in)
{
    char buf[256], name[40];
    coil_http_transfer *t = NULL;
    int err = coil_http_open(client, request, &t);
    if (err < 0) {
        FUZZ_MUST(t == NULL);
        return err;
    }
    const char *value = coil_http_header(t, text(in, name, sizeof name));
    FUZZ_MUST(!value || strlen(value) < 100000);
    FUZZ_MUST(coil_http_content_length(t) >= -1 && coil_http_status(t) >= 0);
    FUZZ_MUST(strlen(coil_http_url(t)) < 100000);
    unsigned reads = fuzz_byte(in);
    for (unsigned i = 0; i < reads; i++) {
        size_t n = fuzz_upto(in, sizeof buf);
        err = coil_http_read(t, buf, n);
        FUZZ_MUST(err <= (int)n);
        if (err < 0 || (err == 0 && n > 0))
            break;
    }
    coil_http_close(t);
    return err;
}

COIL_ASYNC(request, (struct fuzz *, in))
{
    char url[MOST_TEXT + 8], method[16], first[40], second[40], body[64];
    const char *headers[] = {first, second, NULL};
    unsigned what = fuzz_byte(in);
    coil_http_request r = {.url = "http://example.org/", .max_body = fuzz_upto(in, 2000)};
    r.max_body = r.max_body ? r.max_body : 1;
    r.timeout = 10;
    r.max_redirects = 3;
    r.no_redirects = what & 1;
    if (what & 2) {
        strcpy(url, "http://");
        text(in, url + (what & 4 ? 7 : 0), MOST_TEXT);
        r.url = url;
    }
    if (what & 8)
        r.method = text(in, method, sizeof method);
    if (what & 16) {
        text(in, first, sizeof first);
        text(in, second, sizeof second);
        r.headers = headers;
    }
    if (what & 32) {
        r.body = text(in, body, sizeof body);
        r.body_size = strlen(body);
    }
    coil_http_client *client;
    FUZZ_MUST(coil_http_client_new(&client) == 0);
    answers = in;
    int err = what & 64 ? read_some(client, &r, in) : fetch(client, &r);
    if (err < 0)
        FUZZ_MUST(strlen(coil_error_message(err)) < 10000);
    coil_http_client_free(client);
    answers = NULL;
    /* what connections are left goes now */
    FUZZ_MUST(coil_server_close_clients(server) == 0);
    while (coil_all_tasks(NULL, 0) > 1)
        FUZZ_MUST(coil_sleep(0) == 0);
    return 0;
}

COIL_ASYNC(begin)
{
    char proxy[64];
    int err = coil_start_server("127.0.0.1", 0, answer, NULL, NULL, &server);
    if (err < 0)
        return err;
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", coil_server_port(server));
    setenv("http_proxy", proxy, 1);
    setenv("https_proxy", proxy, 1);
    setenv("all_proxy", proxy, 1);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    return 0;
}

/* One loop and one server for all inputs. */
void fuzz_input(struct fuzz *in)
{
    static coil_runner *runner;
    if (!runner) {
        FUZZ_MUST(coil_runner_new(NULL, &runner) == 0);
        FUZZ_MUST(coil_runner_run(runner, begin()) == 0);
    }
    FUZZ_MUST(coil_runner_run(runner, request(in)) == 0);
}
