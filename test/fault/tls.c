/* A TLS client against a server of this loop: connected, upgraded by start_tls, resumed.
 *
 * Three heaps are watched: Coil's (walk.h), the add-on's, whose blocks are wrapped by the linker, and OpenSSL's, which must end as
 * it began. Coil's and the add-on's allocations fail one by one; OpenSSL's, thousands, at random places.
 */
#include <stdatomic.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "certificates.h"
#include "coil_tls.h"
#include "walk.h"

enum { LIMIT = 10 }; /* seconds; whoever reaches it has hung */

/* ---------------------------------------------------------------- the heaps ---- */

static atomic_int addon_live, openssl_live;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *s);
void __wrap_free(void *p);

static void *counted(void *p, atomic_int *live)
{
    if (p)
        atomic_fetch_add(live, 1);
    return p;
}

void *__wrap_malloc(size_t size)
{
    return coil__sys_fault("tls:malloc") ? NULL : counted(__real_malloc(size), &addon_live);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return coil__sys_fault("tls:malloc") ? NULL : counted(__real_calloc(n, size), &addon_live);
}

char *__wrap_strdup(const char *s)
{
    return coil__sys_fault("tls:malloc") ? NULL : counted(__real_strdup(s), &addon_live);
}

void __wrap_free(void *p)
{
    if (p)
        atomic_fetch_sub(&addon_live, 1);
    __real_free(p);
}

/* Coil's blocks are counted by Coil. */
static void *coils(void *arg, void *p, size_t size)
{
    (void)arg;
    if (size > 0)
        return realloc(p, size);
    __real_free(p);
    return NULL;
}

static const coil_allocator coils_heap = {coils, NULL};

/* The nth block of OpenSSL is refused; 0: none. */
static unsigned openssl_refuses, openssl_asked;
static bool openssl_counts;

static bool refused(void)
{
    return openssl_counts && ++openssl_asked == openssl_refuses;
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return refused() ? NULL : counted(__real_malloc(size), &openssl_live);
}

static void openssl_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    if (p)
        atomic_fetch_sub(&openssl_live, 1);
    __real_free(p);
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
    if (!p)
        return openssl_malloc(size, file, line);
    return refused() ? NULL : realloc(p, size);
}

/* ---------------------------------------------------------------- the program ---- */

static int answer(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    int err;
    (void)arg;
    while ((err = coil_stream_readline(s, &line, &n)) > 0)
        if ((err = coil_stream_send(s, line, n)) < 0)
            break;
    return err;
}

static int ask_twice(coil_stream *s)
{
    const char *line;
    size_t n;
    int err = 0;
    for (int i = 0; i < 2 && err >= 0; i++) {
        err = coil_stream_send(s, "question\n", 9);
        if (err >= 0)
            err = coil_stream_readline(s, &line, &n);
        if (err == 0)
            return -COIL_EINCOMPLETE; /* the server met the failure and said farewell */
        if (err > 0 && (n != 9 || memcmp(line, "question\n", 9) != 0))
            return -EBADMSG;
    }
    return err;
}

/* To the last byte of the farewell; a cancellation on the way does not leave it out. */
static int end_politely(coil_stream *s, int err)
{
    coil_stream_close(s);
    int closed = coil_stream_wait_closed(s);
    return err < 0 ? err : closed;
}

struct sides {
    coil_tls_context *server, *client;
    int port, reused;
};

static int ask(struct sides *sides)
{
    coil_tls_options options = {.context = sides->client, .server_name = "localhost"};
    coil_tls_info info = {0};
    coil_stream *s;
    int err = coil_tls_open_connection("127.0.0.1", sides->port, &options, &s);
    if (err < 0)
        return err;
    err = ask_twice(s);
    if (err >= 0)
        err = coil_tls_get_info(s, &info);
    sides->reused = info.session_reused;
    return end_politely(s, err);
}

/* The second connection resumes the session of the first, unless there was no memory for it. */
COIL_ASYNC(ask_and_resume, (struct sides *, sides))
{
    int err = ask(sides);
    return err < 0 ? err : ask(sides);
}

static int upgrade(coil_stream *s, const coil_tls_options *options)
{
    int err = coil_stream_send(s, "STARTTLS\n", 9);
    return err < 0 ? err : coil_stream_start_tls(s, options);
}

static int answer_upgraded(coil_stream *s, void *arg)
{
    const struct sides *sides = arg;
    coil_tls_options options = {.context = sides->server};
    const char *line;
    size_t n;
    int err = coil_stream_readline(s, &line, &n);
    if (err > 0)
        err = upgrade(s, &options);
    return err < 0 ? err : answer(s, NULL);
}

COIL_ASYNC(ask_upgraded, (struct sides *, sides))
{
    coil_tls_options options = {.context = sides->client, .server_name = "localhost"};
    const char *line;
    size_t n;
    coil_stream *s;
    int err = coil_open_connection("127.0.0.1", sides->port, &s);
    if (err < 0)
        return err;
    err = coil_stream_send(s, "EHLO\n", 5);
    if (err >= 0)
        err = coil_stream_readline(s, &line, &n);
    if (err == 0)
        err = -COIL_EINCOMPLETE;
    if (err >= 0)
        err = coil_stream_start_tls(s, &options);
    if (err >= 0)
        err = ask_twice(s);
    return end_politely(s, err);
}

COIL_ASYNC(converse, (struct sides *, sides))
{
    coil_server *server;
    int err = coil_tls_start_server("127.0.0.1", 0, answer, NULL, sides->server, NULL, &server);
    if (err < 0)
        return err;
    sides->port = coil_server_port(server);
    err = sides->port < 0 ? sides->port : coil_wait_for(ask_and_resume(sides), LIMIT);
    coil_server_free(server);
    return err;
}

COIL_ASYNC(converse_upgraded, (struct sides *, sides))
{
    coil_server *server;
    int err = coil_start_server("127.0.0.1", 0, answer_upgraded, sides, NULL, &server);
    if (err < 0)
        return err;
    sides->port = coil_server_port(server);
    err = sides->port < 0 ? sides->port : coil_wait_for(ask_upgraded(sides), LIMIT);
    coil_server_free(server);
    return err;
}

static int with_contexts(int (*run)(struct sides *))
{
    static const char *const protocols[] = {"echo/1", NULL};
    coil_tls_config server = {
        .cert_chain = in_folder("server.pem"), .key = in_folder("server.key"), .alpn = protocols};
    coil_tls_config client = {.ca_file = in_folder("ca.pem"), .alpn = protocols};
    struct sides sides = {0};
    int err = coil_tls_server_context_new(&server, &sides.server);
    if (err >= 0)
        err = coil_tls_client_context_new(&client, &sides.client);
    if (err >= 0)
        err = run(&sides);
    coil_tls_context_free(sides.client);
    coil_tls_context_free(sides.server);
    return err;
}

/* What OpenSSL keeps for the thread and for the process is made before. */
static int balanced(int (*run)(struct sides *))
{
    int addons = atomic_load(&addon_live), openssls = atomic_load(&openssl_live);
    int err = with_contexts(run);
    ERR_clear_error();
    addons = atomic_load(&addon_live) - addons;
    openssls = atomic_load(&openssl_live) - openssls;
    if (addons == 0 && (openssls == 0 || openssl_refuses > 0))
        return err;
    fprintf(stderr, "left: %d blocks of the add-on, %d of OpenSSL\n", addons, openssls);
    return -EUCLEAN;
}

static int run_echo(struct sides *sides)
{
    return coil_run(converse(sides));
}

static int run_upgrade(struct sides *sides)
{
    return coil_run(converse_upgraded(sides));
}

static int echo(void)
{
    return balanced(run_echo);
}

static int start_tls(void)
{
    return balanced(run_upgrade);
}

/* OpenSSL refuses one allocation in each of PLACES evenly spread places. It may do without, or fail (also by finding a certificate
 * bad that it could not look at); all of ours is given back. */
static int walk_openssl(const struct walk *plain, struct walk_outcome *o, int log)
{
    enum { PLACES = 60 };
    int wrong = 0;
    struct walk with_doubt = *plain, *w = &with_doubt;
    w->may[7] = COIL_ETLS_VERIFY; /* instead of a name that is not found: that is Coil's heap */
    openssl_counts = true;
    openssl_asked = 0;
    unsigned total = w->run() < 0 ? 0 : openssl_asked;
    for (unsigned i = 0; i < PLACES && wrong < 5; i++) {
        openssl_asked = 0;
        openssl_refuses = 1 + (unsigned)((unsigned long long)total * i / PLACES);
        const char *why = walk_run(w, o, log, ENOMEM, false);
        wrong += walk_tell(w, log, "OpenSSL's block", openssl_refuses, "ENOMEM", why);
    }
    openssl_counts = false;
    openssl_refuses = 0;
    printf("%s: %d of OpenSSL's %u blocks refused; %d wrong\n", w->name, PLACES, total, wrong);
    return wrong > 0 || total < PLACES;
}

int main(void)
{
    /* Who did not meet the failure sees that the other one has gone. */
    const struct walk list[] = {
        {"tls echo",
         echo,
         290,
         380,
         {ENOMEM, ECONNRESET, EPIPE, COIL_ETLS, COIL_ETLS_TRUNCATED, COIL_EINCOMPLETE, ECONNABORTED,
          COIL_EDNS_AGAIN},
         60},
        {"start_tls",
         start_tls,
         200,
         250,
         {ENOMEM, ECONNRESET, EPIPE, COIL_ETLS, COIL_ETLS_TRUNCATED, COIL_EINCOMPLETE, ECONNABORTED,
          COIL_EDNS_AGAIN},
         36},
    };
    if (!CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) ||
        coil_set_allocator(&coils_heap) < 0)
        return 1;
    signal(SIGPIPE, SIG_IGN);
    make_certificates();
    int wrong = with_contexts(run_echo) < 0; /* what stays for ever is made now */
    if (!wrong)
        wrong = walk_main(list, sizeof list / sizeof *list);
    if (!wrong && !getenv("COIL_WALK"))
        wrong = walk_list(list, sizeof list / sizeof *list, walk_openssl);
    remove_certificates();
    return wrong;
}
