/* Errors in a gather. coil_gather always waits for all of its calls, as return_exceptions=True does: gather_n tells each status.
 * asyncio's other way, to be woken by the first error while the rest goes on, is coil_gather_future. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(fetch_page, (int, page))
{
    int err = coil_sleep(page);
    if (err < 0)
        return err;
    if (page == 2)
        return coil_fail(-ENOENT, "there is no page %d", page);
    printf("Page %d is here\n", page);
    return page;
}

COIL_ASYNC(gather_all)
{
    coil_call calls[3];
    int statuses[3];
    for (int i = 0; i < 3; i++)
        calls[i] = COIL_CALL(fetch_page(i + 1));
    int err = coil_gather_n(calls, 3, statuses);
    if (err < 0 && err != -ENOENT)
        return err;
    for (int i = 0; i < 3; i++) {
        if (statuses[i] >= 0)
            printf("Status %d: page %d\n", i + 1, statuses[i]);
        else
            printf("Status %d: %s\n", i + 1, coil_error_message(err)); /* the one that failed */
    }
    return 0;
}

COIL_ASYNC(gather_until_error)
{
    coil_future *all = coil_gather_future(fetch_page(1), fetch_page(2), fetch_page(3));
    int err = coil_future_await(all, NULL);
    if (err != -ENOENT)
        goto out;
    printf("Caught: %s\n", coil_error_message(err));
    printf("The others go on\n");
    err = coil_sleep(2);
out:
    coil_future_unref(all);
    return err;
}

COIL_ASYNC(gather_errors)
{
    int err = gather_all();
    return err < 0 ? err : gather_until_error();
}

COIL_MAIN(gather_errors())
