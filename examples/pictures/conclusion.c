/* conclusion.c: the table, the failures, the report.
 *
 * A picture in the report is taken from the first run that did it: all runs make the same of it. */
#include "conclusion.h"

#include "table.h"

#include <coil/errors.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static int print_failures(const struct conclusion *c)
{
    int n = 0;
    for (int r = 0; r < c->n; r++)
        n += c->results[r].n_failed;
    if (n > 0)
        fprintf(stderr, "\n%d of %d failed:\n", n, c->list->n * c->n);
    for (int r = 0; r < c->n; r++)
        for (int i = 0; i < c->list->n; i++)
            if (c->runs[r].outcomes[i].err < 0)
                fprintf(stderr, "  %s (%s): %s\n", c->list->pictures[i].url, c->results[r].name,
                        c->runs[r].outcomes[i].reason);
    return n;
}

static void fill_picture(const struct conclusion *c, int i, struct report_picture *ret)
{
    ret->name = c->list->pictures[i].name;
    for (int r = 0; r < c->n; r++) {
        const struct outcome *o = &c->runs[r].outcomes[i];
        if (!o->done)
            continue;
        ret->width = o->stats.width;
        ret->height = o->stats.height;
        ret->bytes = o->bytes;
        ret->edges = o->stats.edges;
        ret->before = o->before.data;
        ret->before_size = o->before.size;
        ret->after = o->after.data;
        ret->after_size = o->after.size;
        return;
    }
}

static size_t fill_failures(const struct conclusion *c, struct report_failure *ret)
{
    size_t n = 0;
    for (int r = 0; r < c->n; r++)
        for (int i = 0; i < c->list->n; i++)
            if (c->runs[r].outcomes[i].err < 0)
                ret[n++] = (struct report_failure){c->list->pictures[i].name, c->results[r].name,
                                                   c->runs[r].outcomes[i].reason};
    return n;
}

static int write_report(const struct conclusion *c, const char *path)
{
    const size_t n = (size_t)c->list->n;
    struct utsname machine;
    char subtitle[400];
    int err = -ENOMEM;
    struct report_picture *pictures = calloc(n, sizeof *pictures);
    struct report_failure *failures = calloc(n * (size_t)c->n, sizeof *failures);
    if (!pictures || !failures)
        goto out;
    for (int i = 0; i < c->list->n; i++)
        fill_picture(c, i, &pictures[i]);
    uname(&machine);
    snprintf(subtitle, sizeof subtitle,
             "%d pictures, at most %d downloads at a time, %d workers; %s %.60s on %.30s.",
             c->list->n, c->options->concurrency, c->options->workers, machine.sysname,
             machine.release, machine.machine);
    const struct report report = {.title = "Coil: a picture pipeline",
                                  .subtitle = subtitle,
                                  .strategies = c->results,
                                  .n_strategies = (size_t)c->n,
                                  .pictures = pictures,
                                  .n_pictures = n,
                                  .failures = failures,
                                  .n_failures = fill_failures(c, failures)};
    err = report_write(&report, path);
out:
    free(failures);
    free(pictures);
    return err;
}

int conclusion_print(const struct conclusion *c)
{
    char path[4096];
    const char *report = c->options->report;
    printf("\n");
    table_print(stdout, c->results, (size_t)c->n);
    int status = 0;
    if (!report && c->n > 1) {
        snprintf(path, sizeof path, "%s/report.html", c->options->out);
        report = path;
    }
    if (report) {
        int err = write_report(c, report);
        if (err < 0) {
            fprintf(stderr, "pictures: %s: %s\n", report, coil_error_sentence(err));
            status = 1;
        } else {
            printf("\nThe report: %s\n", report);
        }
    }
    printf("The pictures: %s/edges\n", c->options->out);
    fflush(stdout);
    if (print_failures(c) > 0)
        status = 1;
    return status;
}

int conclusion_interrupted(const struct conclusion *c)
{
    printf("\nInterrupted.\n");
    for (int r = 0; r < c->n; r++) {
        int downloaded = 0, done = 0;
        for (int i = 0; i < c->list->n; i++) {
            downloaded += c->runs[r].outcomes[i].downloaded;
            done += c->runs[r].outcomes[i].done;
        }
        printf("%s: finished %d of %d pictures, %d downloaded\n", c->results[r].name, done,
               c->list->n, downloaded);
        for (int i = 0; i < c->list->n; i++)
            if (c->runs[r].outcomes[i].done)
                printf("  %s\n", c->list->pictures[i].edges);
    }
    fflush(stdout);
    return 130;
}
