/*
 * A main for fuzz targets without a fuzzer: every file named, and every file in a folder named, is
 * given to the target once.  Each input is its own allocation of exactly its size, so that the
 * address sanitizer sees one byte too far.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);

	if (!file || !data || fread(data, 1, size, file) != size)
		die(path);
	fclose(file);
	/* The name first: if the target crashes, it is the last line. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

/* Returns how many files were replayed. */
static size_t replay(const char *path)
{
	struct dirent **entries;
	struct stat about;
	size_t replayed = 0;
	int n;

	if (stat(path, &about) < 0)
		die(path);
	if (!S_ISDIR(about.st_mode)) {
		replay_file(path, (size_t)about.st_size);
		return 1;
	}
	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0)
		die(path);
	for (int i = 0; i < n; i++) {
		char *inner;

		if (entries[i]->d_name[0] != '.') {
			if (asprintf(&inner, "%s/%s", path, entries[i]->d_name) < 0)
				die(path);
			replayed += replay(inner);
			free(inner);
		}
		free(entries[i]);
	}
	free(entries);
	return replayed;
}

int main(int argc, char **argv)
{
	size_t replayed = 0;

	for (int i = 1; i < argc; i++)
		replayed += replay(argv[i]);
	printf("# %zu inputs replayed\n", replayed);
	return replayed == 0;
}
