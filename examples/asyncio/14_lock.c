/* A lock: needed where a task suspends between reading something shared and writing it. */
#include <coil.h>
#include <stdio.h>

struct account {
    coil_lock lock;
    int balance;
};

static int deposit(struct account *account)
{
    int balance = account->balance;
    int err = coil_sleep(0.1); /* others run here */
    if (err >= 0)
        account->balance = balance + 10;
    return err;
}

COIL_ASYNC(deposit_carelessly, (struct account *, account))
{
    return deposit(account);
}

COIL_ASYNC(deposit_locked, (struct account *, account))
{
    int err = coil_lock_acquire(&account->lock);
    if (err < 0)
        return err;
    err = deposit(account);
    coil_lock_release(&account->lock);
    return err;
}

COIL_ASYNC(bank)
{
    struct account account = {.balance = 0};
    coil_lock_init(&account.lock);
    int err = coil_gather(deposit_carelessly(&account), deposit_carelessly(&account),
                          deposit_carelessly(&account));
    if (err < 0)
        return err;
    printf("Three deposits without the lock: %d\n", account.balance);
    account.balance = 0;
    err = coil_gather(deposit_locked(&account), deposit_locked(&account), deposit_locked(&account));
    if (err >= 0)
        printf("Three deposits with the lock: %d\n", account.balance);
    return err;
}

COIL_MAIN(bank())
