/* https/get.c: fetches pages over one HTTPS connection each, all at once: `https_get CA-FILE HOST PORT PATH...`; CA-FILE may be
 * "" for the certificates of the system.
 *
 * The context is made once and shared; who connects again later resumes its session. A server that can't prove that it is HOST is not
 * spoken to: coil_error_message tells why.
 */
#include <coil_tls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16 };

struct site {
    coil_tls_context *context;
    const char *host;
    int port;
};

/* The body's size, from the head; -1 when it has none. */
static long size_of(const char *head, size_t n)
{
    static const char name[] = "\r\nContent-Length:";
    for (const char *p = head; p + sizeof name <= head + n; p++)
        if (memcmp(p, name, sizeof name - 1) == 0)
            return strtol(p + sizeof name - 1, NULL, 10);
    return -1;
}

static int read_page(coil_stream *s, const char *path)
{
    char page[65536];
    const char *head;
    size_t n;
    int err = coil_stream_readuntil(s, "\r\n\r\n", 4, &head, &n);
    if (err < 0)
        return err;
    long size = size_of(head, n);
    if (size < 0 || size > (long)sizeof page)
        return coil_fail(-COIL_ELIMIT, "%s: a page of a size that this example can't take", path);
    err = coil_stream_readexactly(s, page, (size_t)size);
    if (err >= 0)
        printf("--- %s\n%.*s", path, err, page);
    return err < 0 ? err : 0;
}

COIL_ASYNC(fetch, (const struct site *, site), (const char *, path))
{
    char request[1024];
    coil_stream *s;
    coil_tls_options options = {.context = site->context};
    int n =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, site->host);
    if (n >= (int)sizeof request)
        return coil_fail(-EINVAL, "too long a path");
    int err = coil_tls_open_connection(site->host, site->port, &options, &s);
    if (err < 0)
        return err;
    err = coil_stream_send(s, request, (size_t)n);
    if (err >= 0)
        err = read_page(s, path);
    coil_stream_close(s);
    int closed = coil_stream_wait_closed(s); /* until the farewells are said */
    return err < 0 ? err : closed;
}

COIL_ASYNC(fetch_all, (const char *, ca_file), (const char *, host), (int, port),
           (char *const *, paths))
{
    coil_tls_config config = {.ca_file = ca_file[0] ? ca_file : NULL};
    struct site site = {.host = host, .port = port};
    int err = coil_tls_client_context_new(&config, &site.context);
    if (err < 0)
        return err;
    COIL_TASK_GROUP(g, err)
    {
        for (int i = 0; paths[i] && err >= 0; i++)
            err = coil_group_create_task(g, fetch(&site, paths[i])) ? 0 : -ENOMEM;
    }
    coil_tls_context_free(site.context);
    return err;
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc > 4 + MOST) {
        fprintf(stderr, "usage: %s CA-FILE HOST PORT PATH... (at most %d)\n", argv[0], MOST);
        return 2;
    }
    int err = coil_run(fetch_all(argv[1], argv[2], atoi(argv[3]), argv + 4));
    if (err < 0)
        fprintf(stderr, "%s: %s\n", argv[0], coil_error_message(err));
    return err < 0;
}
