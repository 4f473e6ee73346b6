/* a time limit can't be moved before it begins, after it struck or after its end; when() keeps the last deadline */
#include "said.h"

static void refused(const char *label, coil_timeout *tm, double when)
{
    int err = coil_timeout_reschedule(tm, when);
    printf("%s %s\n", label, err == -COIL_EINVALIDSTATE ? "RuntimeError" : said(err));
}

static const char *none(double when)
{
    return when == COIL_FOREVER ? "None" : "?";
}

COIL_ASYNC(amain)
{
    coil_timeout tm = {0};
    refused("before", &tm, 1);
    MUST(coil_timeout_enter(&tm, COIL_FOREVER));
    printf("when %s\n", none(coil_timeout_when(&tm)));
    refused("inside", &tm, coil_time() + 50);
    printf("later %d %d\n", coil_timeout_when(&tm) > coil_time() + 40, coil_timeout_expired(&tm));
    MUST(coil_timeout_exit(&tm, 0));
    refused("after", &tm, 1);
    printf("after %d %d\n", coil_timeout_when(&tm) > coil_time(), coil_timeout_expired(&tm));

    int err;
    COIL_TIMEOUT(t, 0.01, err)
    {
        err = coil_sleep(5);
        printf("struck %d\n", coil_timeout_expired(t));
        refused("struck", t, coil_time() + 5);
    }
    if (err == -ETIMEDOUT)
        printf("timed out\n");
    MUST(coil_timeout_enter_at(&tm, coil_time() - 1));
    printf("body runs\n");
    err = coil_timeout_exit(&tm, coil_sleep(5));
    if (err == -ETIMEDOUT)
        printf("past deadline\n");
    MUST(coil_timeout_enter_at(&tm, coil_time() + 5));
    MUST(coil_timeout_reschedule(&tm, COIL_FOREVER));
    err = coil_sleep(0);
    printf("disarmed %s\n", none(coil_timeout_when(&tm)));
    MUST(coil_timeout_exit(&tm, err));
    MUST(coil_timeout_enter(&tm, 0.02));
    err = coil_sleep(0);
    MUST(coil_timeout_exit(&tm, err));
    MUST(coil_sleep(0.04));
    printf("left in time %d\n", coil_timeout_expired(&tm));
    return 0;
}
COIL_MAIN(amain())
