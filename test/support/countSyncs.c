// Counts what the process does to its files: a line "w" for a write to an LMDB file, "s" for a flush of one. Preloaded by
// the test of acknowledgements.
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

#define FLUSH(name)                                        \
  int name(int fd) {                                       \
    static int (*real)(int);                               \
    if (!real) real = dlsym(RTLD_NEXT, #name);             \
    int done = real(fd);                                   \
    __sync_fetch_and_add(counter(), 1);                    \
    return done;                                           \
  }
FLUSH(fsync)
FLUSH(fdatasync)

int msync(void *address, size_t length, int flags) {
  static int (*real)(void *, size_t, int);
  if (!real) real = dlsym(RTLD_NEXT, "msync");
  int done = real(address, length, flags);
  if (flags & MS_SYNC) __sync_fetch_and_add(counter(), 1);
  return done;
}
