/* tls/test/certificates.h: the certificates of a test, made when it begins, in a folder that goes with it.
 *
 * NAME.pem and NAME.key: ca (a root), server (localhost, 127.0.0.1), other (other.test), expired (localhost, since yesterday), client,
 * self (localhost, signed by itself), stranger (a root that nobody trusts).
 */
#ifndef TLS_TEST_CERTIFICATES_H
#define TLS_TEST_CERTIFICATES_H

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Also for programs that are no suite of Check. */
static inline void must(int good)
{
    if (!good) {
        perror("certificates");
        abort();
    }
}

static char certificates_folder[] = "/tmp/coil-tls-XXXXXX";

/* The path of a file in the folder; valid for the next 31 calls. */
static inline const char *in_folder(const char *name)
{
    static char paths[32][320];
    static int next;
    char *path = paths[next++ % 32];
    snprintf(path, sizeof paths[0], "%s/%s", certificates_folder, name);
    return path;
}

struct made {
    EVP_PKEY *key;
    X509 *x;
};

static inline void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    must(extension != NULL);
    must(X509_add_ext(x, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static inline void write_files(const struct made *m, const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.pem", name);
    FILE *f = fopen(in_folder(file), "w");
    must(f != NULL);
    must(PEM_write_X509(f, m->x) == 1);
    fclose(f);
    snprintf(file, sizeof file, "%s.key", name);
    f = fopen(in_folder(file), "w");
    must(f != NULL);
    must(PEM_write_PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(f);
}

/* from, to: days from now. by: NULL: itself. names: NULL: a root. */
static inline struct made make_certificate(const char *file, const char *name, const char *names,
                                           int from, int to, const struct made *by)
{
    static long serial = 1;
    struct made m = {EVP_EC_gen("P-256"), X509_new()};
    must(m.key != NULL);
    must(m.x != NULL);
    const struct made *issuer = by ? by : &m;
    X509_set_version(m.x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(m.x), serial++);
    X509_gmtime_adj(X509_getm_notBefore(m.x), from * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(m.x), to * 86400L);
    X509_set_pubkey(m.x, m.key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(m.x), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(m.x, X509_get_subject_name(issuer->x));
    add_extension(m.x, issuer->x, NID_basic_constraints, names ? "CA:FALSE" : "critical,CA:TRUE");
    if (names)
        add_extension(m.x, issuer->x, NID_subject_alt_name, names);
    must(X509_sign(m.x, issuer->key, EVP_sha256()) > 0);
    write_files(&m, file);
    return m;
}

static inline void forget(struct made m)
{
    EVP_PKEY_free(m.key);
    X509_free(m.x);
}

static inline void make_certificates(void)
{
    const char *localhost = "DNS:localhost,IP:127.0.0.1";
    must(mkdtemp(certificates_folder) != NULL);
    struct made ca = make_certificate("ca", "Coil test root", NULL, -1, 2, NULL);
    forget(make_certificate("server", "localhost", localhost, -1, 2, &ca));
    forget(make_certificate("other", "other.test", "DNS:other.test", -1, 2, &ca));
    forget(make_certificate("expired", "localhost", localhost, -3, -1, &ca));
    forget(make_certificate("client", "a client", "email:client@example.org", -1, 2, &ca));
    forget(make_certificate("self", "localhost", localhost, -1, 2, NULL));
    forget(make_certificate("stranger", "A stranger", NULL, -1, 2, NULL));
    forget(ca);
}

static inline void remove_certificates(void)
{
    DIR *d = opendir(certificates_folder);
    struct dirent *entry;
    while (d && (entry = readdir(d)))
        if (entry->d_name[0] != '.')
            unlink(in_folder(entry->d_name));
    if (d)
        closedir(d);
    rmdir(certificates_folder);
}

#endif
