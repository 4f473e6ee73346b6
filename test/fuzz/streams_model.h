/* test/fuzz/streams_model.h: what a read must give, as asyncio's StreamReader defines it, in the shortest words.
 *
 * The model is told afterwards what arrived while a call waited: a list of events in order. It runs the call again over them, and
 * must use all of them: a reader that waits once too often, or not often enough, is found too.
 */
#ifndef TEST_STREAMS_MODEL_H
#define TEST_STREAMS_MODEL_H

#include "fuzz.h"

enum {
    MODEL_EOF = 0,
    MODEL_CANCEL = -1,
    MODEL_ERROR = -2
}; /* else an event is a number of bytes */
enum { MODEL_EVENTS = 65536, MODEL_RESET = -ECONNRESET };

struct model {
    const char *data;  /* all that will ever arrive                            */
    size_t begin, end; /* what has arrived and was not read: data[begin..end) */
    size_t limit;
    int status; /* 1: the end has come, negative: an error                    */
    int *event; /* room for MODEL_EVENTS */
    int n_events, next_event;
    size_t partial;
};

struct separators {
    const char *text[4];
    int n;
};

static inline void model_event(struct model *m, int event)
{
    FUZZ_MUST(m->n_events < MODEL_EVENTS);
    m->event[m->n_events++] = event;
}

/* Waits once: 0, or -ECANCELED. */
static inline int model_wait(struct model *m)
{
    FUZZ_MUST(m->next_event < m->n_events); /* else the call returned while it should have waited */
    int event = m->event[m->next_event++];
    if (event == MODEL_CANCEL)
        return -ECANCELED;
    if (event == MODEL_EOF)
        m->status = 1;
    else if (event == MODEL_ERROR)
        m->status = MODEL_RESET;
    else
        m->end += (size_t)event;
    return 0;
}

static inline size_t model_size(const struct model *m)
{
    return m->end - m->begin;
}

/* At most n bytes, as soon as there are some. */
static inline int model_read(struct model *m, size_t n)
{
    if (m->status < 0)
        return m->status;
    while (n > 0 && model_size(m) == 0 && m->status == 0)
        if (model_wait(m) < 0)
            return -ECANCELED;
    if (m->status < 0 && model_size(m) == 0)
        return m->status;
    n = n < model_size(m) ? n : model_size(m);
    m->begin += n;
    return (int)n;
}

static inline int model_readexactly(struct model *m, size_t n)
{
    if (m->status < 0)
        return m->status;
    while (model_size(m) < n) {
        if (m->status < 0)
            return m->status;
        if (m->status > 0) {
            m->partial = model_size(m);
            m->begin = m->end;
            return -COIL_EINCOMPLETE;
        }
        if (model_wait(m) < 0)
            return -ECANCELED;
    }
    m->begin += n;
    return (int)n;
}

/* Where the earliest separator ends, counted from begin; 0: there is none. Of those that end there the shortest. */
static inline size_t model_find(const struct model *m, const struct separators *s,
                                size_t *ret_start)
{
    for (size_t end = 1; end <= model_size(m); end++) {
        size_t best = 0;
        for (int i = 0; i < s->n; i++) {
            size_t size = strlen(s->text[i]);
            if (size <= end && (best == 0 || size < best) &&
                memcmp(m->data + m->begin + end - size, s->text[i], size) == 0)
                best = size;
        }
        if (best > 0) {
            *ret_start = end - best;
            return end;
        }
    }
    return 0;
}

/* line: the end of all is as good as a newline, and what is over the limit is dropped. */
static inline int model_readuntil(struct model *m, const struct separators *s, bool line)
{
    size_t longest = 0, start = 0, end;
    for (int i = 0; i < s->n; i++)
        longest = strlen(s->text[i]) > longest ? strlen(s->text[i]) : longest;
    if (m->status < 0)
        return m->status;
    while ((end = model_find(m, s, &start)) == 0) {
        start = model_size(m) + 1 > longest ? model_size(m) + 1 - longest : 0;
        if (start > m->limit)
            break;
        if (m->status < 0)
            return m->status;
        if (m->status > 0) {
            size_t rest = model_size(m);
            m->begin = m->end;
            m->partial = line ? m->partial : rest;
            return line ? (int)rest : -COIL_EINCOMPLETE;
        }
        if (model_wait(m) < 0)
            return -ECANCELED;
    }
    if (start > m->limit) {
        if (line)
            m->begin = end > 0 ? m->begin + end : m->end;
        return -COIL_ELIMIT;
    }
    m->begin += end;
    return (int)end;
}

static inline int model_read_all(struct model *m)
{
    while (m->status == 0)
        if (model_wait(m) < 0)
            return -ECANCELED;
    if (m->status < 0)
        return m->status;
    size_t n = model_size(m);
    m->begin = m->end;
    return (int)n;
}

#endif
