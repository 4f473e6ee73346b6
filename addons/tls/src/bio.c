/* tls/src/bio.c: where OpenSSL reads and writes the bytes of the wire.
 *
 * Writing goes straight to the stream below, which sends at once what the kernel takes and keeps the rest; it never waits. Reading takes
 * what lies in t->in; when that is empty OpenSSL is told to try again. The wire's end is not told to OpenSSL: connection.c sees it first.
 */
#include <openssl/bio.h>
#include <string.h>

#include "internal.h"

static int write_out(BIO *bio, const char *bytes, size_t n, size_t *ret_n)
{
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    int err = t->below ? coil_stream_write(t->below, bytes, n) : -ECONNABORTED;
    if (err < 0) {
        t->write_error = err;
        return 0;
    }
    *ret_n = n;
    return 1;
}

static int read_in(BIO *bio, char *buf, size_t n, size_t *ret_n)
{
    struct tls *t = BIO_get_data(bio);
    size_t there = t->end - t->start;
    BIO_clear_retry_flags(bio);
    if (there == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    if (n > there)
        n = there;
    memcpy(buf, t->in + t->start, n);
    t->start += (uint32_t)n;
    *ret_n = n;
    return 1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH; /* all else it does not know */
}

static BIO_METHOD *method;

static void make_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "coil stream");
    if (m && BIO_meth_set_write_ex(m, write_out) && BIO_meth_set_read_ex(m, read_in) &&
        BIO_meth_set_ctrl(m, control)) {
        method = m;
        return;
    }
    BIO_meth_free(m);
}

BIO *tls__bio_new(struct tls *t)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    BIO *bio = method ? BIO_new(method) : NULL;
    if (!bio)
        return NULL;
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    return bio;
}
