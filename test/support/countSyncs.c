// Counts the flushes of files and folders that a process asks for. Preloaded by the test of acknowledgements.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile long *counter(void) {
  static volatile long *at;
  if (!at) {
    int fd = open(getenv("SYNC_COUNTER"), O_RDWR);
    at = mmap(0, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  return at;
}

// A slow disk: whoever does not wait for it is answered well before it is done.
#define SLOW_US 5000

#define FLUSH(name)                                        \
  int name(int fd) {                                       \
    static int (*real)(int);                               \
    if (!real) real = dlsym(RTLD_NEXT, #name);             \
    usleep(SLOW_US);                                       \
    int done = real(fd);                                   \
    __sync_fetch_and_add(counter(), 1);                    \
    return done;                                           \
  }
FLUSH(fsync)
FLUSH(fdatasync)

int msync(void *address, size_t length, int flags) {
  static int (*real)(void *, size_t, int);
  if (!real) real = dlsym(RTLD_NEXT, "msync");
  usleep(SLOW_US);
  int done = real(address, length, flags);
  if (flags & MS_SYNC) __sync_fetch_and_add(counter(), 1);
  return done;
}
