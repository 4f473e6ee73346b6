/* The HTTP client against a server of the test's own, which answers each path with a canned reply. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "coil_http.h"
#include "harness.h"

static int port;
static int connections; /* accepted so far                  */
static int ended_early; /* connections that the client cut  */
static char last_request[4096];

/* ---------------------------------------------------------------- the server ---- */

static int send_text(int fd, const char *text)
{
    return coil_sendall(fd, text, strlen(text));
}

static int send_big(int fd, int size)
{
    static char block[16384];
    char header[128];
    memset(block, 'x', sizeof block);
    snprintf(header, sizeof header, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size);
    int err = send_text(fd, header);
    for (int sent = 0; sent < size && err >= 0; sent += (int)sizeof block)
        err = coil_sendall(
            fd, block, (size_t)(size - sent < (int)sizeof block ? size - sent : (int)sizeof block));
    return err;
}

static int answer(int fd, const char *path)
{
    if (strcmp(path, "/hello") == 0)
        return send_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Who: coil\r\n"
                             "Content-Length: 5\r\n\r\nhello");
    if (strcmp(path, "/moved") == 0)
        return send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n");
    if (strcmp(path, "/round") == 0)
        return send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n");
    if (strcmp(path, "/chunked") == 0)
        return send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    if (strcmp(path, "/big") == 0)
        return send_big(fd, 3 << 20);
    if (strcmp(path, "/short") == 0) {
        coil_ignore(send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"));
        return -1; /* hang up */
    }
    if (strcmp(path, "/never") == 0) {
        char c;
        int n = coil_recv(fd, &c, 1);
        ended_early += n <= 0 && n != -ECANCELED;
        return -1;
    }
    return send_text(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
}

COIL_ASYNC(serve_connection, (int, fd))
{
    char buf[4096];
    size_t have = 0;
    for (;;) {
        int n = coil_recv(fd, buf + have, sizeof buf - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        buf[have] = 0;
        char *end = strstr(buf, "\r\n\r\n");
        char path[256] = "";
        if (!end)
            continue;
        memcpy(last_request, buf, have + 1);
        sscanf(buf, "%*s %255s", path);
        have = 0;
        if (answer(fd, path) < 0)
            break;
    }
    return coil_close(fd);
}

COIL_ASYNC(serve, (int, listener))
{
    for (;;) {
        int fd = coil_accept(listener);
        if (fd < 0)
            return fd;
        connections++;
        int err = coil_spawn(serve_connection(fd));
        if (err < 0)
            return err;
    }
}

typedef int (*scenario)(coil_http_client *client);

COIL_ASYNC(with_server, (scenario, body))
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, size), 0);
    ck_assert_int_eq(listen(listener, 16), 0);
    getsockname(listener, (struct sockaddr *)&a, &size);
    port = ntohs(a.sin_port);
    connections = ended_early = 0;
    coil_task *server = coil_create_task(serve(listener));
    coil_http_client *client;
    ck_assert_int_eq(coil_http_client_new(&client), 0);
    int err = body(client);
    coil_http_client_free(client);
    coil_ignore(coil_close(listener));
    coil_ignore(coil_await(server));
    return err;
}

static void run(scenario body)
{
    int err = coil_run(with_server(body));
    ck_assert_msg(err >= 0, "%s: %s", coil_error_name(err), coil_error_message(err));
}

static const char *url(const char *path)
{
    static char text[2][256];
    static int turn;
    char *p = text[turn++ % 2];
    snprintf(p, sizeof text[0], "http://127.0.0.1:%d%s", port, path);
    return p;
}

/* ---------------------------------------------------------------- the tests ---- */

static int gets(coil_http_client *c)
{
    const char *headers[] = {"X-Test: yes", NULL};
    coil_http_request r = {.url = url("/hello"), .headers = headers};
    coil_http_response answer_got;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(coil_http_fetch(c, &r, &answer_got), 0);
        ck_assert_int_eq(answer_got.status, 200);
        ck_assert_str_eq(answer_got.body, "hello");
        ck_assert_str_eq(answer_got.content_type, "text/plain");
        coil_http_response_done(&answer_got);
    }
    ck_assert_ptr_nonnull(strstr(last_request, "X-Test: yes"));
    ck_assert_int_eq(connections, 1);
    return 0;
}
START_TEST(a_get_gives_status_body_and_type_and_its_connection_is_used_again)
{
    run(gets);
}
END_TEST

static int posts(coil_http_client *c)
{
    coil_http_request r = {.url = url("/hello"), .body = "a=1", .body_size = 3};
    coil_http_response got;
    ck_assert_int_eq(coil_http_fetch(c, &r, &got), 0);
    ck_assert_ptr_eq(strstr(last_request, "POST /hello"), last_request);
    ck_assert_ptr_nonnull(strstr(last_request, "\r\n\r\na=1"));
    coil_http_response_done(&got);
    coil_http_request d = {.url = url("/hello"), .method = "DELETE"};
    ck_assert_int_eq(coil_http_fetch(c, &d, &got), 0);
    ck_assert_ptr_eq(strstr(last_request, "DELETE /hello"), last_request);
    coil_http_response_done(&got);
    return 0;
}
START_TEST(a_body_makes_a_post_and_any_method_can_be_named)
{
    run(posts);
}
END_TEST

static int redirects(coil_http_client *c)
{
    coil_http_request r = {.url = url("/moved")};
    coil_http_transfer *t;
    ck_assert_int_eq(coil_http_open(c, &r, &t), 0);
    ck_assert_int_eq(coil_http_status(t), 200);
    ck_assert_ptr_nonnull(strstr(coil_http_url(t), "/hello"));
    ck_assert_str_eq(coil_http_header(t, "x-who"), "coil");
    coil_http_close(t);
    r.no_redirects = 1;
    ck_assert_int_eq(coil_http_open(c, &r, &t), 0);
    ck_assert_int_eq(coil_http_status(t), 302);
    coil_http_close(t);
    coil_http_request round = {.url = url("/round"), .max_redirects = 3};
    ck_assert_int_eq(coil_http_open(c, &round, &t), -COIL_EHTTP_REDIRECTS);
    return 0;
}
START_TEST(redirects_are_followed_up_to_a_limit_and_only_when_wanted)
{
    run(redirects);
}
END_TEST

static long long progress_seen;
static void on_progress(void *arg, long long received, long long total)
{
    (void)arg;
    ck_assert_int_eq(total, 3 << 20);
    progress_seen = received;
}

static int streams(coil_http_client *c)
{
    coil_http_request r = {.url = url("/big"), .on_progress = on_progress};
    coil_http_transfer *t;
    ck_assert_int_eq(coil_http_open(c, &r, &t), 0);
    ck_assert_int_eq(coil_http_content_length(t), 3 << 20);
    char buf[10000];
    int total = 0, n;
    while ((n = coil_http_read(t, buf, sizeof buf)) > 0) {
        total += n;
        if (total < 200000) /* a slow reader: the transfer is paused and goes on */
            ck_assert_int_eq(coil_sleep(0.001), 0);
    }
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(total, 3 << 20);
    ck_assert_int_eq(progress_seen, 3 << 20);
    coil_http_close(t);
    coil_http_response got;
    coil_http_request chunked = {.url = url("/chunked")};
    ck_assert_int_eq(coil_http_fetch(c, &chunked, &got), 0);
    ck_assert_str_eq(got.body, "abcdefg");
    coil_http_response_done(&got);
    return 0;
}
START_TEST(a_body_comes_in_pieces_with_back_pressure_and_progress)
{
    run(streams);
}
END_TEST

static int fails(coil_http_client *c)
{
    coil_http_response got;
    coil_http_request truncated = {.url = url("/short")};
    ck_assert_int_eq(coil_http_fetch(c, &truncated, &got), -COIL_EHTTP_TRUNCATED);
    coil_http_request slow = {.url = url("/never"), .timeout = 0.05};
    ck_assert_int_eq(coil_http_fetch(c, &slow, &got), -ETIMEDOUT);
    coil_http_request bad = {.url = "nonsense://x"};
    ck_assert_int_eq(coil_http_fetch(c, &bad, &got), -COIL_EHTTP_URL);
    coil_http_request refused = {.url = "http://127.0.0.1:1/"};
    ck_assert_int_eq(coil_http_fetch(c, &refused, &got), -ECONNREFUSED);
    coil_http_request unknown = {.url = "http://no-such-host.invalid/"};
    ck_assert_int_eq(coil_http_fetch(c, &unknown, &got), -COIL_EDNS_NONAME);
    ck_assert_ptr_nonnull(strstr(coil_error_message(-COIL_EDNS_NONAME), "no-such-host"));
    coil_http_request large = {.url = url("/big"), .max_body = 1000};
    ck_assert_int_eq(coil_http_fetch(c, &large, &got), -COIL_ELIMIT);
    coil_http_request missing = {.url = url("/nothing")};
    ck_assert_int_eq(coil_http_fetch(c, &missing, &got), 0);
    ck_assert_int_eq(got.status, 404);
    coil_http_response_done(&got);
    return 0;
}
START_TEST(each_failure_has_its_own_error_and_a_404_is_none)
{
    run(fails);
}
END_TEST

static int cancels(coil_http_client *c)
{
    coil_http_response got;
    coil_http_request r = {.url = url("/never")};
    ck_assert_int_eq(coil_wait_for(coil_http_fetch(c, &r, &got), 0.05), -ETIMEDOUT);
    for (int i = 0; i < 200 && !ended_early; i++)
        ck_assert_int_eq(coil_sleep(0.005), 0);
    ck_assert_int_eq(ended_early, 1);
    return 0;
}
START_TEST(a_cancelled_transfer_is_closed_and_the_server_sees_it)
{
    run(cancels);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("http");
    tcase_add_test(t, a_get_gives_status_body_and_type_and_its_connection_is_used_again);
    tcase_add_test(t, a_body_makes_a_post_and_any_method_can_be_named);
    tcase_add_test(t, redirects_are_followed_up_to_a_limit_and_only_when_wanted);
    tcase_add_test(t, a_body_comes_in_pieces_with_back_pressure_and_progress);
    tcase_add_test(t, each_failure_has_its_own_error_and_a_404_is_none);
    tcase_add_test(t, a_cancelled_transfer_is_closed_and_the_server_sees_it);
    return test_main("http", t);
}
