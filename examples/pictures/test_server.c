/* test_server.c: the server's parts by themselves, then the program, asked over real sockets. */
#include "catalogue.h"
#include "request.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/coil-server-XXXXXX";
static pid_t server;
static int port;

static void write_file(const char *name, const char *text)
{
    char path[128];
    struct bytes b = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(bytes_append(&b, text, strlen(text)), 0);
    ck_assert_int_eq(bytes_write_file(&b, path), 0);
    bytes_done(&b);
}

static void make_folder(void)
{
    char path[128];
    strcpy(strrchr(folder, '-'), "-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/nature", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    write_file("nature/a b.jpg", "123456789");
    write_file("top.png", "0123456789abcdef");
    write_file(".hidden", "secret");
    snprintf(path, sizeof path, "%s/link", folder);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
}

static void remove_folder(void)
{
    static const char *const names[] = {"nature/a b.jpg", "nature", "top.png", ".hidden", "link"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    rmdir(folder);
}

START_TEST(the_catalogue_lists_plain_files_with_their_checksums)
{
    struct catalogue c = {0};
    struct bytes index = {0};
    make_folder();
    ck_assert_int_eq(catalogue_read(&c, folder), 0);
    ck_assert_uint_eq(c.n, 2);
    const struct catalogue_entry *entry = catalogue_find(&c, "/nature/a b.jpg");
    ck_assert_ptr_nonnull(entry);
    ck_assert_uint_eq(entry->size, 9);
    ck_assert_uint_eq(entry->checksum, 0xcbf43926); /* CRC-32's own check value */
    ck_assert_ptr_null(catalogue_find(&c, "/.hidden"));
    ck_assert_ptr_null(catalogue_find(&c, "/nature"));
    ck_assert_int_eq(catalogue_index(&c, &index), 0);
    ck_assert_int_eq(bytes_append(&index, "", 1), 0);
    ck_assert_ptr_nonnull(strstr((char *)index.data, "/nature/a%20b.jpg crc32:cbf43926\n"));
    bytes_done(&index);
    catalogue_done(&c);
    ck_assert_int_eq(catalogue_read(&c, "/nowhere/at/all"), -ENOENT);
    ck_assert_int_eq(catalogue_read(&c, ""), -ENOENT);
    ck_assert_ptr_null(catalogue_find(&c, "/x"));
    catalogue_done(&c);
    remove_folder();
}
END_TEST

static const struct {
    const char *text;
    int verdict;
    const char *path; /* of a complete one */
} requests[] = {
    {"GET / HTTP/1.1\r\n\r\n", 1, "/"},
    {"GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\n\r\n", 1, "/a b"},
    {"HEAD /%2e%2e/x HTTP/1.0\r\n\r\n", 1, "/../x"},
    {"POST /p HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 1, "/p"},
    {"GET /half HTTP/1.1\r\nHost:", 0, NULL},
    {"POST /p HTTP/1.1\r\nContent-Length: 4\r\n\r\nabc", 0, NULL},
    {"GET /%zz HTTP/1.1\r\n\r\n", -EBADMSG, NULL},
    {"GET /%00 HTTP/1.1\r\n\r\n", -EBADMSG, NULL},
    {"GET /% HTTP/1.1\r\n\r\n", -EBADMSG, NULL},
    {"hello\r\n\r\n", -EBADMSG, NULL},
};

START_TEST(requests_are_read_alike_whole_and_byte_by_byte)
{
    const char *text = requests[_i].text;
    const size_t size = strlen(text);
    for (size_t step = size; step > 0; step = step == 1 ? 0 : 1) {
        struct request r;
        size_t used;
        int state = 0;
        request_init(&r);
        for (size_t at = 0; at < size && state == 0; at += used)
            state = request_feed(&r, text + at, step, &used);
        ck_assert_int_eq(state, requests[_i].verdict);
        if (requests[_i].path)
            ck_assert_str_eq(r.path, requests[_i].path);
    }
}
END_TEST

START_TEST(requests_sent_ahead_wait_for_their_turn)
{
    static const char two[] = "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n";
    struct request r;
    size_t used, rest;
    request_init(&r);
    ck_assert_int_eq(request_feed(&r, two, strlen(two), &used), 1);
    ck_assert_str_eq(r.path, "/1");
    ck_assert_int_eq(r.keep_alive, 1);
    request_next(&r);
    ck_assert_int_eq(request_feed(&r, two + used, strlen(two) - used, &rest), 1);
    ck_assert_str_eq(r.path, "/2");
    ck_assert_int_eq(r.keep_alive, 0);
    ck_assert_uint_eq(used + rest, strlen(two));
}
END_TEST

START_TEST(endless_requests_are_refused)
{
    static char line[REQUEST_HEAD_MAX];
    struct request r;
    size_t used;
    int state = 0;
    memset(line, 'a', sizeof line);
    request_init(&r);
    ck_assert_int_eq(request_feed(&r, "GET /", 5, &used), 0);
    ck_assert_int_eq(request_feed(&r, line, REQUEST_PATH_MAX + 1, &used), -ENAMETOOLONG);
    request_init(&r);
    ck_assert_int_eq(request_feed(&r, "GET / HTTP/1.1\r\nX: ", 19, &used), 0);
    state = request_feed(&r, line, sizeof line, &used);
    ck_assert_int_eq(state, -E2BIG);
}
END_TEST

/* Starts the program on the folder, with one more option, and learns its port. */
static void start_server(const char *option, const char *value)
{
    int out[2];
    char line[128];
    make_folder();
    ck_assert_int_eq(pipe(out), 0);
    server = fork();
    ck_assert_int_ge(server, 0);
    if (server == 0) {
        dup2(out[1], 1);
        execl(SERVER, SERVER, "--images", folder, "--delay", "0", option, value, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *says = fdopen(out[0], "r");
    ck_assert_ptr_nonnull(fgets(line, sizeof line, says));
    ck_assert_int_eq(sscanf(line, "listening on http://127.0.0.1:%d/", &port), 1);
    fclose(says);
}

static void stop_server(int signo)
{
    int status;
    kill(server, signo);
    ck_assert_int_eq(waitpid(server, &status, 0), server);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
    remove_folder();
}

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Sends a request, gives all that comes until the server closes. Valid until the next call. */
static const char *ask(const char *request)
{
    static char answer[65536];
    size_t size = 0;
    int fd = dial();
    ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    for (;;) {
        ssize_t n = recv(fd, answer + size, sizeof answer - 1 - size, 0);
        ck_assert_int_ge(n, 0);
        if (n == 0)
            break;
        size += (size_t)n;
    }
    answer[size] = '\0';
    close(fd);
    return answer;
}

#define CLOSE " HTTP/1.1\r\nConnection: close\r\n\r\n"

START_TEST(the_server_answers_every_kind_of_request)
{
    start_server("--bandwidth", "0");
    const char *a = ask("GET /nature/a%20b.jpg" CLOSE);
    ck_assert_ptr_nonnull(strstr(a, "HTTP/1.1 200 OK\r\n"));
    ck_assert_ptr_nonnull(strstr(a, "Content-Length: 9\r\n"));
    ck_assert_ptr_nonnull(strstr(a, "X-Checksum: crc32:cbf43926\r\n"));
    ck_assert_ptr_nonnull(strstr(a, "ETag: \"cbf43926-9\"\r\n"));
    ck_assert_ptr_nonnull(strstr(a, "\r\n\r\n123456789"));
    a = ask("HEAD /top.png" CLOSE);
    ck_assert_ptr_nonnull(strstr(a, "Content-Length: 16\r\n"));
    ck_assert_str_eq(strstr(a, "\r\n\r\n"), "\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(ask("GET /index.txt" CLOSE), "/top.png crc32:"));
    ck_assert_ptr_nonnull(strstr(ask("GET /../../etc/passwd" CLOSE), " 404 "));
    ck_assert_ptr_nonnull(strstr(ask("GET /link" CLOSE), " 404 "));
    ck_assert_ptr_nonnull(strstr(ask("DELETE /top.png" CLOSE), " 405 "));
    ck_assert_ptr_nonnull(strstr(ask("nonsense\r\n\r\n"), " 400 "));
    a = ask("GET /top.png HTTP/1.1\r\n\r\nGET /index.txt" CLOSE);
    a = strstr(a, "0123456789abcdefHTTP/1.1 200 OK\r\n"); /* both, in order, on one connection */
    ck_assert_ptr_nonnull(a);
    stop_server(SIGTERM);
}
END_TEST

START_TEST(the_server_fails_first_when_told_to)
{
    start_server("--fail-first", "2");
    ck_assert_ptr_nonnull(strstr(ask("GET /top.png" CLOSE), " 503 "));
    ck_assert_ptr_nonnull(strstr(ask("GET /top.png" CLOSE), " 503 "));
    ck_assert_ptr_nonnull(strstr(ask("GET /nature/a%20b.jpg" CLOSE), " 503 "));
    ck_assert_ptr_nonnull(strstr(ask("GET /top.png" CLOSE), " 200 "));
    stop_server(SIGINT);
}
END_TEST

START_TEST(the_server_truncates_what_matches_and_nothing_else)
{
    start_server("--truncate", "/nature/*");
    const char *a = ask("GET /nature/a%20b.jpg HTTP/1.1\r\n\r\n");
    ck_assert_ptr_nonnull(strstr(a, "Content-Length: 9\r\n"));
    ck_assert_str_eq(strstr(a, "\r\n\r\n"), "\r\n\r\n1234");
    ck_assert_ptr_nonnull(strstr(ask("GET /top.png" CLOSE), "\r\n\r\n0123456789abcdef"));
    stop_server(SIGTERM);
}
END_TEST

START_TEST(the_server_ends_while_clients_are_still_connected)
{
    start_server("--bandwidth", "1"); /* 16 bytes would take 16 seconds */
    int silent = dial(), slow = dial();
    char first;
    const char request[] = "GET /top.png HTTP/1.1\r\n\r\n";
    ck_assert_int_gt(send(slow, request, strlen(request), MSG_NOSIGNAL), 0);
    ck_assert_int_eq(recv(slow, &first, 1, 0), 1);
    stop_server(SIGTERM);
    close(silent);
    close(slow);
}
END_TEST

START_TEST(wrong_options_are_refused)
{
    static const char *const wrong[] = {"",
                                        "--images /tmp --port 70000",
                                        "--images /tmp --delay x",
                                        "--images /tmp --delay nan",
                                        "--images /tmp --port 1.5",
                                        "--images /tmp extra",
                                        "--images /tmp --what"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char command[512];
        snprintf(command, sizeof command, "%s %s >/dev/null 2>&1", SERVER, wrong[i]);
        int status = system(command);
        ck_assert_msg(WEXITSTATUS(status) == 2, "%s: status %x", wrong[i], status);
    }
    ck_assert_int_eq(WEXITSTATUS(system(SERVER " --images /nowhere/at/all 2>/dev/null")), 1);
    ck_assert_int_eq(WEXITSTATUS(system(SERVER " --help >/dev/null")), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server");
    TCase *tests = tcase_create("server");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_catalogue_lists_plain_files_with_their_checksums);
    tcase_add_loop_test(tests, requests_are_read_alike_whole_and_byte_by_byte, 0,
                        sizeof requests / sizeof requests[0]);
    tcase_add_test(tests, requests_sent_ahead_wait_for_their_turn);
    tcase_add_test(tests, endless_requests_are_refused);
    tcase_add_test(tests, the_server_answers_every_kind_of_request);
    tcase_add_test(tests, the_server_fails_first_when_told_to);
    tcase_add_test(tests, the_server_truncates_what_matches_and_nothing_else);
    tcase_add_test(tests, the_server_ends_while_clients_are_still_connected);
    tcase_add_test(tests, wrong_options_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
