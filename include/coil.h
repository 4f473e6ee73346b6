/* coil.h: asyncio for C. The umbrella: one header per chapter of asyncio.
 *
 * If you know asyncio, you know Coil: asyncio.X is coil_X wherever C allows. Start with coil/call.h (what an async
 * function is), coil/task.h and coil/run.h.
 */
#ifndef COIL_H
#define COIL_H

#include "coil/call.h"
#include "coil/context.h"
#include "coil/coroutine.h"
#include "coil/datagram.h"
#include "coil/dns.h"
#include "coil/errors.h"
#include "coil/fd.h"
#include "coil/files.h"
#include "coil/fs.h"
#include "coil/future.h"
#include "coil/gather.h"
#include "coil/generator.h"
#include "coil/group.h"
#include "coil/loop.h"
#include "coil/loops.h"
#include "coil/memory.h"
#include "coil/pipes.h"
#include "coil/processes.h"
#include "coil/queue.h"
#include "coil/run.h"
#include "coil/sendfile.h"
#include "coil/server.h"
#include "coil/signals.h"
#include "coil/streams.h"
#include "coil/subprocess.h"
#include "coil/sync.h"
#include "coil/task.h"
#include "coil/threads.h"
#include "coil/timeout.h"
#include "coil/transport.h"
#include "coil/watch.h"

#endif
