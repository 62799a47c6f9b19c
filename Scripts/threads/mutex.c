// Tells ThreadSanitizer of Swift's Mutex where two threads want it at once: then the kernel hands it on, in a
// library that is not instrumented, and what the lock guards would look like a race. Preloaded by `make
// test-threads`.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// In the program that is tested, and in no other that this is loaded into.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define MUTEX __attribute__((swift_context)) void *

typedef __attribute__((swiftcall)) void (*Lock)(uint32_t, MUTEX);
typedef __attribute__((swiftcall)) void (*Unlock)(MUTEX);

static void *next(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) {
    fprintf(stderr, "mutex.c: no %s: Swift's Mutex has another form now\n", name);
    abort();
  }
  return found;
}

__attribute__((swiftcall)) void lock(uint32_t thread, MUTEX mutex) __asm__(LOCK);
__attribute__((swiftcall)) void lock(uint32_t thread, MUTEX mutex) {
  ((Lock)next(LOCK))(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void unlock(MUTEX mutex) __asm__(UNLOCK);
__attribute__((swiftcall)) void unlock(MUTEX mutex) {
  if (__tsan_release) __tsan_release(mutex);
  ((Unlock)next(UNLOCK))(mutex);
}
