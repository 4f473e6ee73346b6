/* process.c: the same function runs in the loop, in a thread or in another process.
 *
 * What goes in and what comes out is plain data, and the bytes beside it are coil_bytes, which
 * processes share; so the function can't tell where it runs. Files are read and written by the
 * loop's side: the workers only compute.
 */
#include "process.h"

#include "measure.h"

#include <coil/processes.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct find_in {
    struct edges_job job;
    coil_bytes file;
};

struct find_out {
    struct edges_stats stats;
    coil_bytes made;   /* the PNG and the previews, the caller's to free */
    double start, end; /* of measure_now()                               */
    long worker;       /* its thread's id                                */
};

COIL_REMOTE(find_edges, (struct find_in, in), (struct find_out, out))
{
    struct bytes made = {0};
    out->start = measure_now();
    out->worker = syscall(SYS_gettid);
    int err = edges_detect(&in->job, in->file.data, in->file.size, &made, &out->stats);
    if (err < 0)
        err = coil_fail(err, "%s", out->stats.why.text);
    if (err == 0)
        err = coil_bytes_new(made.size, &out->made);
    if (err == 0)
        memcpy(out->made.data, made.data, made.size);
    bytes_done(&made);
    out->end = measure_now();
    return err;
}

/* The whole file, into memory that workers can see. */
static int read_file(const char *path, coil_bytes *ret)
{
    coil_file *file = NULL;
    long long size = 0;
    int err = coil_file_open(path, O_RDONLY, 0, &file);
    if (err < 0)
        return err;
    err = coil_file_size(file, &size);
    if (err >= 0 && size == 0)
        err = coil_fail(-ENODATA, "the answer was empty");
    if (err >= 0)
        err = coil_bytes_new((size_t)size, ret);
    for (size_t got = 0; err >= 0 && got < ret->size; got += (size_t)err) {
        err = coil_file_read(file, (char *)ret->data + got, ret->size - got);
        if (err == 0)
            err = coil_fail(-ENODATA, "%s has become shorter", path);
    }
    coil_ignore(coil_file_close(file));
    if (err < 0)
        coil_bytes_free(ret);
    return err < 0 ? err : 0;
}

static int write_bytes(const char *part, const void *data, size_t size)
{
    coil_file *file = NULL;
    int err = coil_file_open(part, O_WRONLY | O_CREAT | O_TRUNC, 0644, &file);
    if (err < 0)
        return err;
    for (size_t done = 0; err >= 0 && done < size; done += (size_t)err) {
        err = coil_file_write(file, (const char *)data + done, size - done);
        if (err == 0)
            err = coil_fail(-ENOSPC, "%s can't be written", part);
    }
    const int closed = coil_file_close(file);
    return err < 0 ? err : closed;
}

/* Whole, or not at all: also when this is cancelled. */
static int write_file(const char *path, const void *data, size_t size)
{
    char *part;
    if (asprintf(&part, "%s.part", path) < 0)
        return coil_fail(-ENOMEM, "no memory for a file name");
    int err = write_bytes(part, data, size);
    if (err >= 0)
        err = coil_rename(part, path);
    if (err < 0) {
        char why[200];
        snprintf(why, sizeof why, "%s", coil_error_message(err));
        coil_ignore(coil_unlink(part)); /* it may not have come to be */
        err = coil_fail(err, "%s", why);
    }
    free(part);
    return err;
}

/* What was found: previews are kept in memory, for the report. */
static int keep(struct outcome *o, const struct find_out *out)
{
    const struct edges_stats *s = &out->stats;
    const uint8_t *before = (const uint8_t *)out->made.data + s->png_size;
    int err = bytes_append(&o->before, before, s->before_size);
    if (err == 0)
        err = bytes_append(&o->after, before + s->before_size, s->after_size);
    if (err < 0)
        return coil_fail(err, "no memory for a preview");
    o->stats = *s;
    return 0;
}

int process(struct run *run, int i, enum process_where where, coil_pool *pool)
{
    const struct picture *p = &run->list->pictures[i];
    struct find_in in = {.job = {.canny = CANNY_DEFAULTS, .preview_width = 640}};
    struct find_out out = {.worker = 0};
    int err = read_file(p->file, &in.file);
    if (err < 0)
        return err;
    err = where == PROCESS_IN_LOOP ? find_edges(&in, &out)
                                   : coil_pool_run(pool, find_edges(&in, &out));
    if (err < 0)
        goto no_result;
    track_compute(run, i, out.start, out.end, out.worker);
    err = keep(&run->outcomes[i], &out);
    if (err == 0)
        err = write_file(p->edges, out.made.data, out.stats.png_size);
    run->outcomes[i].done = err == 0;
    coil_bytes_free(&out.made);
no_result:
    coil_bytes_free(&in.file);
    return err;
}
