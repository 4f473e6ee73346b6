/* io/connect.h: what connecting and listening share. */
#ifndef COIL_IO_CONNECT_H
#define COIL_IO_CONNECT_H

#include "coil/dns.h"

/* Small writes go out at once, as in asyncio. */
void coil__connect_set_nodelay(int fd, int family);
/* Makes the address of a Unix socket. Returns 0, -EINVAL for an empty path, -ENAMETOOLONG. */
int coil__connect_unix_address(const char *path, coil_address *ret_address);

#endif
