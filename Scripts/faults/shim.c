// Preloaded into a command (LD_PRELOAD): lists its calls of the system, or lets one of them fail, or
// kills the process at it.
//
//   FAULT_BELOW   only calls about files below this folder count (absolute, without links)
//   FAULT_LOG     a line "operation path" is added for each call that counts, "fired …" for the fault
//   FAULT         operation:number:kind, the number counted from 1, among calls of this operation
//
// A kind is kill-before, kill-in (half written), kill-behind, short, zero, or the name of an error;
// "-from" behind it means this call and all later ones. Threads count wherever they are started.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, FAIL, SHORT, ZERO, KILL_BEFORE, KILL_IN, KILL_BEHIND };

static struct {
  char below[PATH_MAX];
  const char *log;
  char operation[32];
  long number;
  bool goes_on;
  enum kind kind;
  int error;
} plan;
static atomic_long calls;

static const struct { const char *name; int number; } errors[] = {
  {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EMFILE", EMFILE}, {"EINTR", EINTR},
  {"EACCES", EACCES}, {"ENOMEM", ENOMEM}, {"EAGAIN", EAGAIN}, {"EROFS", EROFS},
};

__attribute__((constructor)) static void read_plan(void) {
  const char *below = getenv("FAULT_BELOW"), *fault = getenv("FAULT"), *done = getenv("FAULT_DONE");
  if (!below) return;
  snprintf(plan.below, sizeof plan.below, "%s/", below);
  plan.log = getenv("FAULT_LOG");
  if (done) atomic_store(&calls, atol(done));
  char kind[32];
  if (!fault || sscanf(fault, "%31[^:]:%ld:%31s", plan.operation, &plan.number, kind) != 3) return;
  char *end = strstr(kind, "-from");
  if (end) {
    plan.goes_on = true;
    *end = 0;
  }
  if (!strcmp(kind, "kill-before")) plan.kind = KILL_BEFORE;
  else if (!strcmp(kind, "kill-in")) plan.kind = KILL_IN;
  else if (!strcmp(kind, "kill-behind")) plan.kind = KILL_BEHIND;
  else if (!strcmp(kind, "short")) plan.kind = SHORT;
  else if (!strcmp(kind, "zero")) plan.kind = ZERO;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
    if (strcmp(kind, errors[i].name)) continue;
    plan.kind = FAIL;
    plan.error = errors[i].number;
  }
}

// By calls that nobody has put another in the place of.
static void note(const char *head, const char *operation, const char *path) {
  if (!plan.log) return;
  int saved = errno;
  long file = syscall(SYS_openat, AT_FDCWD, plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s%s %s\n", head, operation, path);
    if (length > (int)sizeof line) length = sizeof line;
    syscall(SYS_write, file, line, length);
    syscall(SYS_close, file);
  }
  errno = saved;
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

// What is to happen at this call; a failure has set errno.
static enum kind count(const char *operation, const char *path) {
  if (!plan.kind) {
    note("", operation, path);
    return NONE;
  }
  if (strcmp(operation, plan.operation)) return NONE;
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (number != plan.number && !(plan.goes_on && number > plan.number)) return NONE;
  note("fired ", operation, path);
  if (plan.kind == KILL_BEFORE) die();
  if (plan.kind == FAIL) errno = plan.error;
  return plan.kind;
}

static enum kind at_path(const char *operation, const char *path) {
  char whole[PATH_MAX * 2];
  if (!*plan.below || !path) return NONE;
  if (*path == '/') {
    snprintf(whole, sizeof whole, "%s", path);
  } else {
    if (!getcwd(whole, PATH_MAX)) return NONE;
    snprintf(whole + strlen(whole), PATH_MAX, "/%s", path);
  }
  return strncmp(whole, plan.below, strlen(plan.below)) ? NONE : count(operation, whole);
}

static enum kind at_file(const char *operation, int file) {
  char link[64], path[PATH_MAX];
  if (!*plan.below) return NONE;
  int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = saved;
  // Pipes and sockets have no path.
  if (length <= 0 || *path != '/') return NONE;
  path[length] = 0;
  return at_path(operation, path);
}

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = dlsym(RTLD_NEXT, #name)

// Calls that are made, or not, as a whole.
#define WHOLE(outcome, failed, call) \
  do { \
    enum kind k = (outcome); \
    if (k == FAIL) return failed; \
    __typeof__(call) result = call; \
    if (k == KILL_IN || k == KILL_BEHIND) die(); \
    return result; \
  } while (0)

// Calls that move bytes: half of them is a short one.
#define BYTES(operation, moves, size) \
  do { \
    enum kind k = at_file(operation, file); \
    size_t half = (size) > 1 ? (size) / 2 : (size); \
    if (k == FAIL) return -1; \
    if (k == ZERO) return 0; \
    ssize_t result = moves(k == SHORT || k == KILL_IN ? half : (size)); \
    if (k == KILL_IN || k == KILL_BEHIND) die(); \
    return result; \
  } while (0)

ssize_t write(int file, const void *bytes, size_t size) {
  NEXT(write);
#define MOVE(n) next(file, bytes, n)
  BYTES("write", MOVE, size);
#undef MOVE
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  NEXT(pwrite);
#define MOVE(n) next(file, bytes, n, offset)
  BYTES("pwrite", MOVE, size);
#undef MOVE
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  return pwrite(file, bytes, size, offset);
}

ssize_t read(int file, void *bytes, size_t size) {
  NEXT(read);
#define MOVE(n) next(file, bytes, n)
  BYTES("read", MOVE, size);
#undef MOVE
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset) {
  NEXT(pread);
#define MOVE(n) next(file, bytes, n, offset)
  BYTES("read", MOVE, size);
#undef MOVE
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t offset) {
  return pread(file, bytes, size, offset);
}

int fsync(int file) {
  NEXT(fsync);
  WHOLE(at_file("fsync", file), -1, next(file));
}

int fdatasync(int file) {
  NEXT(fdatasync);
  WHOLE(at_file("fsync", file), -1, next(file));
}

int ftruncate(int file, off_t size) {
  NEXT(ftruncate);
  WHOLE(at_file("ftruncate", file), -1, next(file, size));
}

int ftruncate64(int file, off64_t size) { return ftruncate(file, size); }

int close(int file) {
  NEXT(close);
  int flags = *plan.below ? fcntl(file, F_GETFL) : -1;
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return next(file);
  enum kind kind = at_file("close", file);
  int error = errno, result = next(file);
  if (kind == KILL_IN || kind == KILL_BEHIND) die();
  if (kind != FAIL) return result;
  // The descriptor is gone all the same, as it is with Linux.
  errno = error;
  return -1;
}

static const char *opening(int flags) {
  return (flags & O_ACCMODE) == O_RDONLY ? "open-read" : "open-write";
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    NEXT(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = va_arg(rest, mode_t); \
    va_end(rest); \
    WHOLE(at_path(opening(flags), path), -1, next(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    NEXT(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = va_arg(rest, mode_t); \
    va_end(rest); \
    bool known = folder == AT_FDCWD || *path == '/'; \
    WHOLE(known ? at_path(opening(flags), path) : NONE, -1, next(folder, path, flags, mode)); \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name) \
  FILE *name(const char *path, const char *mode) { \
    NEXT(name); \
    const char *operation = *mode == 'r' && !strchr(mode, '+') ? "open-read" : "open-write"; \
    WHOLE(at_path(operation, path), NULL, next(path, mode)); \
  }
FOPEN(fopen)
FOPEN(fopen64)

DIR *opendir(const char *path) {
  NEXT(opendir);
  WHOLE(at_path("open-folder", path), NULL, next(path));
}

int rename(const char *from, const char *to) {
  NEXT(rename);
  WHOLE(at_path("rename", to), -1, next(from, to));
}

int unlink(const char *path) {
  NEXT(unlink);
  WHOLE(at_path("unlink", path), -1, next(path));
}

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  WHOLE(at_path("mkdir", path), -1, next(path, mode));
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  NEXT(mmap);
  if (file < 0) return next(address, size, protection, flags, file, offset);
  WHOLE(at_file("mmap", file), MAP_FAILED, next(address, size, protection, flags, file, offset));
}

void *mmap64(void *address, size_t size, int protection, int flags, int file, off64_t offset) {
  return mmap(address, size, protection, flags, file, offset);
}

int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  NEXT(pthread_create);
  if (*plan.below && count("thread", "of the process") == FAIL) return errno;
  return next(thread, attributes, body, argument);
}

// multibox becomes multibox-torch: the numbers go on.
int execv(const char *path, char *const arguments[]) {
  NEXT(execv);
  char done[32];
  snprintf(done, sizeof done, "%ld", atomic_load(&calls));
  if (*plan.below) setenv("FAULT_DONE", done, 1);
  return next(path, arguments);
}
