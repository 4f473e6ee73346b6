/* http/src/internal.h: what the three files of the add-on share. */
#ifndef COIL_HTTP_INTERNAL_H
#define COIL_HTTP_INTERNAL_H

#include <curl/curl.h>
#include <stdbool.h>

#include "coil_http.h"

struct coil_http_client {
    CURLM *multi;
    coil_handle *timer;        /* curl's one timer, kept by a reference; NULL when not armed */
    coil_http_transfer *first; /* those that it drives */
};

struct coil_http_transfer {
    coil_http_client *client;
    coil_http_transfer *next, **link; /* in client->first; link: what points here, NULL when out */
    CURL *easy;
    struct curl_slist *headers;
    coil_future *waiter; /* who waits for something to happen, or NULL    */
    char *buffer;        /* received and not read yet: [start, end)       */
    size_t start, end, room;
    bool header_complete; /* of the final response                         */
    bool paused;          /* the buffer was full                           */
    bool done;            /* no more will come; `result` says how it ended */
    int result;
    int failure; /* what the loop refused to do for curl, or 0; goes before `result` */
    int status;
    coil_http_progress on_progress;
    void *progress_arg;
    char error_text[CURL_ERROR_SIZE];
};

/* errors.c: curl's code as Coil's, with curl's message; for `transfer`, may be NULL. */
int http__error(CURLcode code, const coil_http_transfer *transfer);
/* multi.c: a transfer that the client drives from now on, or no more. */
int http__start(coil_http_transfer *t);
void http__stop(coil_http_transfer *t);
/* transfer.c: something happened to it. */
void http__wake(coil_http_transfer *t);

#endif
