/* download.c: downloads that arrive whole or leave nothing.
 *
 * A try is a stair: request, answer, file, bytes, checksum, rename; whatever step fails, the
 * ".part" is removed. The cleanup suspends after a cancellation, which is delivered once, so it
 * runs as usual. Why a try failed is written down before the cleanup, whose own calls could
 * replace the message.
 */
#include "download.h"

#include "measure.h"
#include "progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNK = 64 * 1024 };

struct attempt {
    struct run *run;
    int i;
    char *part;
    int again;      /* another try may help */
    uint64_t bytes; /* so far               */
};

/* Copies the body to the file. Returns 0 or the error; ret_sum: the CRC-32 of all bytes. */
static int receive(struct attempt *a, coil_http_transfer *transfer, coil_file *file,
                   uint32_t *ret_sum)
{
    char *chunk = malloc(CHUNK);
    if (!chunk)
        return coil_fail(-ENOMEM, "no memory for a download");
    uLong sum = crc32(0, NULL, 0);
    int err;
    while ((err = coil_http_read(transfer, chunk, CHUNK)) > 0) {
        const int n = err;
        sum = crc32(sum, (const Bytef *)chunk, (uInt)n);
        err = coil_file_write(file, chunk, (size_t)n);
        if (err >= 0 && err < n)
            err = coil_fail(-ENOSPC, "%s: only a part could be written", a->part);
        if (err < 0)
            break;
        a->bytes += (uint64_t)n;
        progress_bytes(a->run->progress, n);
    }
    free(chunk);
    *ret_sum = (uint32_t)sum;
    return err;
}

/* Anything but 200 is no picture; the server's own trouble may pass. */
static int check_status(struct attempt *a, int status)
{
    if (status == 200)
        return 0;
    a->again = status >= 500;
    return coil_fail(-COIL_EHTTP, "the server answered %d", status);
}

static int check_sum(struct attempt *a, const char *announced, uint32_t sum)
{
    unsigned expected;
    if (!announced || sscanf(announced, "crc32:%8x", &expected) != 1 || expected == sum)
        return 0;
    a->again = 1;
    return coil_fail(-EBADMSG, "the bytes are damaged: their checksum is %08x and should be %s",
                     sum, announced);
}

static int store(struct attempt *a, coil_http_transfer *transfer)
{
    const struct picture *p = &a->run->list->pictures[a->i];
    coil_file *file = NULL;
    uint32_t sum = 0;
    int err = coil_file_open(a->part, O_WRONLY | O_CREAT | O_TRUNC, 0644, &file);
    if (err < 0)
        return err;
    err = receive(a, transfer, file, &sum);
    if (err >= 0)
        err = check_sum(a, coil_http_header(transfer, "X-Checksum"), sum);
    char why[200] = "";
    if (err < 0)
        snprintf(why, sizeof why, "%s", coil_error_message(err));
    const int closed = coil_file_close(file);
    if (err < 0)
        return coil_fail(err, "%s", why);
    return closed < 0 ? closed : coil_rename(a->part, p->file);
}

static int broken(int err)
{
    return err == -COIL_EHTTP_TRUNCATED || err == -ECONNRESET || err == -EPIPE ||
           err == -ECONNABORTED;
}

static int try_once(struct attempt *a, coil_http_client *client)
{
    struct run *run = a->run;
    const coil_http_request request = {.url = run->list->pictures[a->i].url,
                                       .timeout = run->options->timeout};
    coil_http_transfer *transfer = NULL;
    a->again = 0;
    a->bytes = 0;
    track_to(run, a->i, REPORT_CONNECT);
    int err = coil_http_open(client, &request, &transfer);
    if (err < 0) {
        a->again = broken(err);
        return err;
    }
    err = check_status(a, coil_http_status(transfer));
    if (err == 0) {
        track_to(run, a->i, REPORT_DOWNLOAD);
        err = store(a, transfer);
        if (err < 0) {
            char why[200];
            snprintf(why, sizeof why, "%s", coil_error_message(err));
            a->again = a->again || broken(err);
            coil_ignore(coil_unlink(a->part)); /* it may not have come to be */
            progress_bytes(run->progress, -(long long)a->bytes);
            err = coil_fail(err, "%s", why);
        }
    }
    coil_http_close(transfer);
    return err;
}

int download(struct run *run, coil_http_client *client, int i)
{
    struct attempt a = {.run = run, .i = i};
    if (asprintf(&a.part, "%s.part", run->list->pictures[i].file) < 0)
        return coil_fail(-ENOMEM, "no memory for a file name");
    double wait = 0.25;
    int err = try_once(&a, client);
    for (int tries = 1; err < 0 && a.again && tries < DOWNLOAD_TRIES; tries++, wait *= 2) {
        track_to(run, i, REPORT_BACKOFF);
        err = coil_sleep(wait);
        if (err < 0)
            break;
        err = try_once(&a, client);
    }
    free(a.part);
    if (err < 0)
        return err;
    track_to(run, i, REPORT_READY); /* here, and not when the loop hears of it from a thread */
    run->outcomes[i].bytes = a.bytes;
    run->outcomes[i].downloaded = 1;
    return 0;
}

/* ---------------------------------------------------------------- in a thread ---- */

COIL_ASYNC(download_with_client, (struct run *, run), (int, i))
{
    coil_http_client *client = NULL;
    int err = coil_http_client_new(&client);
    if (err < 0)
        return err;
    err = download(run, client, i);
    coil_http_client_free(client);
    return err;
}

/* A cancelled job is not interrupted in its thread: it asks, and then cancels its own task. */
COIL_ASYNC(download_watched, (struct run *, run), (int, i))
{
    coil_task *t = coil_create_task(download_with_client(run, i));
    for (int ended = 0; t && !ended;) {
        int err = coil_wait(&t, 1, COIL_ALL_COMPLETED, 0.05, &ended);
        if (err < 0 || (!ended && coil_thread_cancelled()))
            coil_task_cancel(t);
        if (err < 0)
            break;
    }
    return coil_await(t);
}

int download_in_thread(struct run *run, int i)
{
    return coil_run(download_watched(run, i));
}
