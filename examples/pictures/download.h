/* download.h: one picture over HTTP, from the first try to the whole file. */
#ifndef PICTURES_DOWNLOAD_H
#define PICTURES_DOWNLOAD_H

#include "job.h"

#include <coil_http.h>

enum { DOWNLOAD_TRIES = 4 };

/* Downloads picture i to its file and fills in outcome's bytes and downloaded. Streamed to a
 * ".part" beside it, which is renamed when all bytes are there and have the checksum that the
 * answer announced (X-Checksum); on any failure, and on cancellation, no ".part" is left. Answers
 * of 5xx, broken connections and damaged bytes are tried again after 0.25, 0.5 and 1 seconds.
 * Returns 0; -COIL_EHTTP (the answer's status, or curl's reason), -EBADMSG (checksum), -ETIMEDOUT,
 * coil_http.h's errors, or the file's. Suspends. */
int download(struct run *run, coil_http_client *client, int i);

/* The same for a thread without a loop: runs a loop of its own, and stops when the job was
 * cancelled. Suspends nothing of the caller's. */
COIL_DECLARE(download_in_thread, (struct run *, run), (int, i));

#endif
