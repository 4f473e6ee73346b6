/* `async with`: in C a pair of open and close, and a goto that leads from every way out to the close. */
#include <coil.h>
#include <stdio.h>

struct database {
    const char *name;
};

COIL_ASYNC(database_open, (struct database *, db), (const char *, name))
{
    int err = coil_sleep(1); /* a connection takes its time */
    if (err < 0)
        return err;
    db->name = name;
    printf("Connected to %s\n", name);
    return 0;
}

COIL_ASYNC(database_close, (struct database *, db))
{
    int err = coil_sleep(1);
    printf("Disconnected from %s\n", db->name);
    return err;
}

COIL_ASYNC(database_query, (struct database *, db), (int, id))
{
    int err = coil_sleep(1);
    if (err < 0)
        return err;
    if (id < 0)
        return coil_fail(-EINVAL, "%s has no row %d", db->name, id);
    printf("Row %d of %s\n", id, db->name);
    return 0;
}

COIL_ASYNC(session, (int, id))
{
    struct database db;
    int err = database_open(&db, "inventory");
    if (err < 0)
        return err;
    err = database_query(&db, 1);
    if (err < 0)
        goto out;
    err = database_query(&db, id);
out:; /* closed in any case; the first error is the one that counts */
    int closed = database_close(&db);
    return err < 0 ? err : closed;
}

COIL_ASYNC(sessions)
{
    int err = session(2);
    if (err < 0)
        return err;
    err = session(-7);
    if (err != -EINVAL)
        return err;
    printf("Caught: %s\n", coil_error_message(err));
    return 0;
}

COIL_MAIN(sessions())
