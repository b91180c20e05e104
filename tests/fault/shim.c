/*
 * Preloaded into a tool: counts its calls and lets some of them fail, as the plan says whose file
 * ROWPIPE_FAULT names.  Children of the tool get none of it.
 *
 * Nothing here loses power, so fsync only counts.  A close that fails has closed, as on Linux.
 */
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plan.h"

static_assert(sizeof(long) == 8, "offsets are passed to the kernel in one register");

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static struct plan *plan;
static int device = -1;

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv("ROWPIPE_FAULT");
	long fd = path == NULL ? -1 : syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	void *map;

	unsetenv("LD_PRELOAD");
	unsetenv("ROWPIPE_FAULT");
	if (fd < 0)
		return;
	map = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
	syscall(SYS_close, fd);
	if (map != MAP_FAILED)
		plan = map;
}

/*
 * --- what fails ----------------------------------------------------------------------------------
 */

static bool may_say(enum call call, int fd)
{
	if (plan->says == EAGAIN)
		return (call == CALL_READ || call == CALL_WRITE) && fd <= STDOUT_FILENO;
	return call == CALL_READ || call == CALL_WRITE || call == CALL_SYNC || call == CALL_CLOSE ||
		call == CALL_TRUNCATE || call == CALL_RANDOM;
}

/* One call on a descriptor, or -1; true when it is to fail, with errno set. */
static bool fails(enum call call, int fd)
{
	uint32_t count;

	if (plan == NULL)
		return false;
	count = ++plan->calls[call];
	for (int i = 0; i < 2; i++) {
		const struct injection *injection = &plan->injections[i];

		if (injection->call != call || count < injection->nth ||
			(count > injection->nth && !injection->ever))
			continue;
		plan->fired += i == 0;
		if (fd == STDOUT_FILENO && call == CALL_WRITE)
			plan->hit_stdout = 1;
		if (fd == STDOUT_FILENO && call == CALL_CLOSE)
			plan->closed_stdout = 1;
		if (injection->kills)
			syscall(SYS_kill, getpid(), SIGKILL);
		errno = injection->error;
		return true;
	}
	if (plan->every == 0 || !may_say(call, fd) || ++plan->askable % plan->every != 1)
		return false;
	plan->disturbed++;
	errno = plan->says;
	return true;
}

static size_t piece(size_t size)
{
	if (plan == NULL || plan->piece == 0 || size <= plan->piece)
		return size;
	plan->disturbed++;
	return plan->piece;
}

/*
 * --- bytes ---------------------------------------------------------------------------------------
 */

ssize_t read(int fd, void *to, size_t size)
{
	return fails(fd == device ? CALL_DEVICE : CALL_READ, fd) ? -1 :
		syscall(SYS_read, fd, to, piece(size));
}

ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
	return fails(CALL_READ, fd) ? -1 : syscall(SYS_pread64, fd, to, piece(size), offset);
}

ssize_t pread64(int fd, void *to, size_t size, off64_t offset)
{
	return pread(fd, to, size, offset);
}

ssize_t write(int fd, const void *from, size_t size)
{
	return fails(CALL_WRITE, fd) ? -1 : syscall(SYS_write, fd, from, piece(size));
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t offset)
{
	return fails(CALL_WRITE, fd) ? -1 : syscall(SYS_pwrite64, fd, from, piece(size), offset);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t offset)
{
	return pwrite(fd, from, size, offset);
}

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *place, size_t size, unsigned flags)
{
	return fails(CALL_COPY, to) ? -1 :
		syscall(SYS_copy_file_range, from, at, to, place, piece(size), flags);
}

int fsync(int fd)
{
	return fails(CALL_SYNC, fd) ? -1 : 0;
}

int fdatasync(int fd)
{
	return fsync(fd);
}

int ftruncate(int fd, off_t size)
{
	return fails(CALL_TRUNCATE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

off_t lseek(int fd, off_t offset, int whence)
{
	enum call call = whence == SEEK_CUR && offset == 0 ? CALL_TELL : CALL_SEEK;

	return fails(call, fd) ? -1 : syscall(SYS_lseek, fd, offset, whence);
}

ssize_t getrandom(void *to, size_t size, unsigned flags)
{
	(void)flags;
	if (fails(CALL_RANDOM, -1))
		return -1;
	memset(to, 0x5a, size); /* the same in each run */
	return (ssize_t)size;
}

/*
 * --- opening and closing -------------------------------------------------------------------------
 */

static enum call kind_of(const char *path, int flags)
{
	if (flags & O_CREAT)
		return CALL_CREATE;
	if (flags & O_DIRECTORY)
		return CALL_FOLDER;
	return strncmp(path, "/dev/", 5) == 0 && strncmp(path, "/dev/shm/", 9) != 0 ? CALL_DEVICE :
		CALL_OPEN;
}

int open(const char *path, int flags, ...)
{
	enum call call = kind_of(path, flags);
	mode_t mode = 0;
	va_list arguments;
	int fd;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (fails(call, -1))
		return -1;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (call == CALL_DEVICE)
		device = fd;
	return fd;
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open(path, flags, mode);
}

/* A pointer to the library's own function, found without a call being counted. */
static void *find(const char *name)
{
	struct plan *counted = plan;
	void *found;

	plan = NULL;
	found = dlsym(RTLD_NEXT, name);
	plan = counted;
	return found;
}

int mkostemp(char *path, int flags)
{
	static int (*real)(char *, int);

	if (real == NULL)
		*(void **)&real = find("mkostemp");
	return fails(CALL_CREATE, -1) ? -1 : real(path, flags);
}

int close(int fd)
{
	long flags = syscall(SYS_fcntl, fd, F_GETFL);
	enum call call = (flags & O_ACCMODE) == O_RDONLY ? CALL_LEAVE : CALL_CLOSE;
	bool failed = fails(call, fd);
	int error = errno;
	long result = syscall(SYS_close, fd);

	if (fd == device)
		device = -1;
	if (!failed)
		return (int)result;
	errno = error;
	return -1;
}

/*
 * --- names ---------------------------------------------------------------------------------------
 */

int rename(const char *from, const char *to)
{
	return fails(CALL_RENAME, -1) ? -1 :
		(int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	return fails(CALL_RENAME, -1) ? -1 :
		(int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
	return fails(CALL_LINK, -1) ? -1 :
		(int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	return fails(CALL_UNLINK, -1) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/*
 * --- facts ---------------------------------------------------------------------------------------
 */

int stat(const char *restrict path, struct stat *restrict to)
{
	return fails(CALL_LOOK, -1) ? -1 : fstatat(AT_FDCWD, path, to, 0);
}

int stat64(const char *restrict path, struct stat64 *restrict to)
{
	return fails(CALL_LOOK, -1) ? -1 : fstatat64(AT_FDCWD, path, to, 0);
}

int lstat(const char *restrict path, struct stat *restrict to)
{
	return fails(CALL_LOOK, -1) ? -1 : fstatat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

int lstat64(const char *restrict path, struct stat64 *restrict to)
{
	return fails(CALL_LOOK, -1) ? -1 : fstatat64(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

int fstat(int fd, struct stat *to)
{
	return fails(CALL_LOOK, fd) ? -1 : fstatat(fd, "", to, AT_EMPTY_PATH);
}

int fstat64(int fd, struct stat64 *to)
{
	return fails(CALL_LOOK, fd) ? -1 : fstatat64(fd, "", to, AT_EMPTY_PATH);
}

int access(const char *path, int mode)
{
	return fails(CALL_LOOK, -1) ? -1 : (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

int statvfs(const char *restrict path, struct statvfs *restrict to)
{
	static int (*real)(const char *, struct statvfs *);

	if (real == NULL)
		*(void **)&real = find("statvfs");
	return fails(CALL_ROOM, -1) ? -1 : real(path, to);
}

int fchmod(int fd, mode_t mode)
{
	return fails(CALL_MODE, fd) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return fails(CALL_CONTROL, fd) ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return fcntl(fd, command, argument);
}

/*
 * --- memory --------------------------------------------------------------------------------------
 */

void *malloc(size_t size)
{
	return fails(CALL_MEMORY, -1) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(CALL_MEMORY, -1) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
	return fails(CALL_MEMORY, -1) ? NULL : __libc_realloc(block, size);
}
