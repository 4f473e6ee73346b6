/* bench/tls_echo_raw.c: a TLS echo server on OpenSSL alone, over blocking sockets, with a thread for each connection. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "certificates.h"

static SSL_CTX *ctx;

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg, n;
    char buf[20000];
    SSL *ssl = SSL_new(ctx);
    if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)
        while ((n = SSL_read(ssl, buf, sizeof buf)) > 0 && SSL_write(ssl, buf, n) == n)
            continue;
    SSL_free(ssl);
    close(fd);
    return NULL;
}

static void stop(int signo)
{
    (void)signo;
    _exit(0);
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGTERM, stop);
    signal(SIGPIPE, SIG_IGN);
    make_certificates();
    ctx = SSL_CTX_new(TLS_server_method());
    must(ctx && SSL_CTX_use_certificate_chain_file(ctx, in_folder("server.pem")) == 1 &&
         SSL_CTX_use_PrivateKey_file(ctx, in_folder("server.key"), SSL_FILETYPE_PEM) == 1);
    remove_certificates();
    must(bind(listener, (struct sockaddr *)&a, sizeof a) == 0 && listen(listener, 128) == 0 &&
         getsockname(listener, (struct sockaddr *)&a, &size) == 0);
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd < 0)
            continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        must(pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0);
        pthread_detach(thread);
    }
}
