/* engine/dice.c: chance from a seed, for the simulation. Integers only: the same on every machine. */
#include "engine/dice.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/sys.h"

uint64_t coil__dice_scramble(uint64_t x) /* the finaliser of splitmix64 */
{
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

unsigned coil__dice_roll(uint64_t *dice, unsigned n)
{
    unsigned got = (unsigned)(*dice >> 32) % n;
    *dice = coil__dice_scramble(*dice);
    return got;
}

static bool divisible(int fd)
{
    struct stat st;
    if (coil__sys_fstat(fd, &st) < 0)
        return false;
    if (S_ISSOCK(st.st_mode)) {
        int type = 0;
        socklen_t size = sizeof type;
        return coil__sys_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
               type == SOCK_STREAM;
    }
    return S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode);
}

uint32_t coil__dice_part(uint64_t *dice, int fd, uint32_t len)
{
    enum { LITTLE = 16 };
    bool little = coil__dice_roll(dice, 4) == 0;
    if (coil__dice_roll(dice, 2) || len < 2 || !divisible(fd))
        return len;
    return 1 + coil__dice_roll(dice, little && len > LITTLE ? LITTLE : len);
}
