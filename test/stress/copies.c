/* Files are copied: read by one task, sent through a pipe or a socket, written by another, at its end or at a place, all in portions of chance, by
 * tasks that lose patience and are cancelled. Every copy is its original, to the byte. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stress.h"

enum { COPIES = 4, MOST = 60000, CHUNK = 6000 };

struct copy {
    char from[64], to[64];
    unsigned size, written;
    coil_stream *in, *out;
};

static struct copy copies[COPIES];
static coil_task *workers[2 * COPIES];
static char dir[32];

static bool annoyed(int err)
{
    if (err == -ECANCELED)
        coil_task_uncancel(coil_current_task());
    return err == -ECANCELED || err == -ETIMEDOUT;
}

/* Files don't care for patience: what an operation took from the disk, or gave to it, it says. */
COIL_ASYNC(read_out, (struct copy *, c))
{
    coil_file *f;
    char buf[CHUNK];
    int err, n = 1;
    do {
        err = coil_file_open(c->from, O_RDONLY, 0, &f);
    } while (annoyed(err));
    for (long long at = 0; err >= 0 && n != 0;) {
        unsigned most = 1 + stress_below(CHUNK);
        n = stress_chance(2) ? coil_file_pread(f, buf, most, at)
                             : coil_wait_for(coil_file_pread(f, buf, most, at), stress_pause(900));
        if (n < 0) {
            err = annoyed(n) ? 0 : n;
            continue;
        }
        at += n;
        err = coil_stream_send(c->out, buf, (size_t)n); /* goes out, also when it is cancelled */
        err = annoyed(err) ? 0 : err;
    }
    ck_assert_int_eq(coil_stream_write_eof(c->out), 0);
    int closed = err < 0 ? 0 : coil_file_close(f);
    return err < 0 ? err : closed;
}

/* Returns 0 when all of it is in the file. */
static int write_down(struct copy *c, coil_file *f, const char *buf, unsigned n)
{
    for (unsigned done = 0; done < n;) {
        long long at = c->written;
        int k = stress_chance(2) ? coil_file_pwrite(f, buf + done, n - done, at)
                                 : coil_wait_for(coil_file_pwrite(f, buf + done, n - done, at),
                                                 stress_pause(900));
        if (k < 0 && !annoyed(k))
            return k;
        done += k > 0 ? (unsigned)k : 0;
        c->written += k > 0 ? (unsigned)k : 0;
    }
    int err = stress_chance(8) ? coil_file_fsync(f) : 0;
    return annoyed(err) ? 0 : err;
}

COIL_ASYNC(write_in, (struct copy *, c))
{
    coil_file *f;
    char buf[CHUNK];
    int err;
    do {
        err = coil_file_open(c->to, O_WRONLY | O_CREAT | O_TRUNC, 0600, &f);
    } while (annoyed(err));
    while (err >= 0) {
        int n = coil_wait_for(coil_stream_read(c->in, buf, 1 + stress_below(CHUNK)),
                              stress_pause(2000));
        if (n == 0)
            break;
        if (n < 0)
            err = annoyed(n) ? 0 : n;
        else
            err = write_down(c, f, buf, (unsigned)n);
    }
    int closed = err < 0 ? 0 : coil_file_close(f);
    return err < 0 ? err : closed;
}

COIL_ASYNC(copy_all)
{
    int n = 0;
    for (int i = 0; i < COPIES; i++) {
        int ends[2];
        struct copy *c = &copies[i];
        if (stress_chance(2)) {
            ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
            ck_assert_int_eq(coil_connect_read_pipe(ends[0], &c->in), 0);
            ck_assert_int_eq(coil_connect_write_pipe(ends[1], &c->out), 0);
        } else {
            ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
            ck_assert_int_eq(coil_stream_from_fd(ends[0], &c->in), 0);
            ck_assert_int_eq(coil_stream_from_fd(ends[1], &c->out), 0);
        }
        workers[n++] = coil_create_task(read_out(c));
        workers[n++] = coil_create_task(write_in(c));
    }
    int err = coil_yield_now();
    for (int left = (int)stress_below(60); left > 0 && err >= 0; left--) {
        err = coil_sleep(stress_pause(2000));
        coil_task_cancel(workers[stress_below((unsigned)n)]);
    }
    for (int i = 0; i < n; i++) {
        stress_join(workers[i]);
        coil_task_unref(workers[i]);
    }
    for (int i = 0; i < COPIES; i++) {
        coil_stream *both[] = {copies[i].in, copies[i].out};
        for (int k = 0; k < 2; k++) {
            ck_assert_int_eq(coil_stream_close(both[k]), 0);
            ck_assert_int_eq(coil_stream_wait_closed(both[k]), 0);
        }
    }
    return err;
}

static void make_original(struct copy *c, int number)
{
    static char bytes[MOST];
    snprintf(c->from, sizeof c->from, "%s/from-%d", dir, number);
    snprintf(c->to, sizeof c->to, "%s/to-%d", dir, number);
    c->size = stress_below(MOST);
    c->written = 0;
    for (unsigned i = 0; i < c->size; i++)
        bytes[i] = (char)(i * 13 + (i >> 8) + (unsigned)number);
    FILE *f = fopen(c->from, "we");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, c->size, f), c->size);
    ck_assert_int_eq(fclose(f), 0);
}

static void compare(const struct copy *c)
{
    static char original[MOST], bytes[MOST + 1];
    FILE *f = fopen(c->from, "re"), *g = fopen(c->to, "re");
    ck_assert(f && g);
    ck_assert_uint_eq(fread(original, 1, MOST, f), c->size);
    ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, g), c->size);
    ck_assert_mem_eq(original, bytes, c->size);
    fclose(f);
    fclose(g);
    ck_assert_int_eq(unlink(c->from), 0);
    ck_assert_int_eq(unlink(c->to), 0);
}

START_TEST(a_copy_is_its_original_whoever_is_cancelled_meanwhile)
{
    strcpy(dir, "/tmp/coil-copies-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (int i = 0; i < COPIES; i++)
        make_original(&copies[i], i);
    ck_assert_int_eq(coil_run(copy_all()), 0);
    for (int i = 0; i < COPIES; i++)
        compare(&copies[i]);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int main(void)
{
    stress_begin();
    TCase *t = tcase_create("copies");
    tcase_add_test(t, a_copy_is_its_original_whoever_is_cancelled_meanwhile);
    return test_main("copies", t);
}
