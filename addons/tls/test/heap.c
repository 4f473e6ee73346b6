/* tls/test/heap.c: a message costs no allocation of Coil's or of the add-on's, whose calls of malloc the linker wraps. What OpenSSL
 * allocates for each is printed.
 */
#include <openssl/crypto.h>
#include <stdatomic.h>

#include "fixture.h"

static atomic_uint addons, openssls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t size)
{
    atomic_fetch_add(&addons, 1);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    atomic_fetch_add(&addons, 1);
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    atomic_fetch_add(&addons, 1);
    return __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
    atomic_fetch_add(&addons, 1);
    return __real_strdup(s);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    atomic_fetch_add(&openssls, 1);
    return __real_malloc(size);
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    atomic_fetch_add(&openssls, 1);
    return __real_realloc(p, size);
}

static void openssl_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

enum { WARM = 20, MESSAGES = 500 };

/* Sizes that fit into a record, that need several, and single bytes. */
static int say_and_hear_all(coil_stream *s)
{
    static char message[40000], answer[40000];
    static const size_t sizes[] = {1, 100, 16384, 40000};
    for (int i = 0; i < 4; i++) {
        int err = coil_stream_send(s, message, sizes[i]);
        if (err >= 0)
            err = coil_stream_readexactly(s, answer, sizes[i]);
        if (err < 0)
            return err;
    }
    return 0;
}

static int a_message_allocates_nothing_(void *arg)
{
    coil_tls_context *sc = server_context(NULL), *cc = client_context(NULL);
    coil_server *server = serve(sc, echo, NULL);
    coil_stream *s;
    unsigned long long coils, coils_now;
    (void)arg;
    ck_assert_int_eq(connect_as(server, cc, NULL, &s), 0);
    for (int i = 0; i < WARM; i++)
        ck_assert_int_eq(say_and_hear_all(s), 0);
    unsigned addons_before = atomic_load(&addons), openssls_before = atomic_load(&openssls);
    coil_memory_counts(&coils, NULL);
    for (int i = 0; i < MESSAGES; i++)
        if (say_and_hear_all(s) < 0) /* an assertion may allocate */
            return -EIO;
    coil_memory_counts(&coils_now, NULL);
    unsigned of_addon = atomic_load(&addons) - addons_before;
    unsigned of_openssl = atomic_load(&openssls) - openssls_before;
    printf("%d messages: Coil %llu, the add-on %u, OpenSSL %u allocations (both sides)\n",
           4 * MESSAGES, coils_now - coils, of_addon, of_openssl);
    ck_assert_uint_eq(coils_now - coils, 0);
    ck_assert_uint_eq(of_addon, 0);
    ck_assert_uint_gt(addons_before, 0); /* the wrapping works */
    end_stream(s);
    end_server(server);
    coil_tls_context_free(cc);
    coil_tls_context_free(sc);
    return 0;
}
TEST_PROGRAM(a_message_allocates_nothing)

int main(void)
{
    if (!CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free))
        return 1;
    TCase *t = tcase_create("tls heap");
    tcase_add_test(t, a_message_allocates_nothing);
    return tls_test_main("tls heap", t);
}
