#include "flow/run_list.h"

#include <stdlib.h>
#include <string.h>

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* --- gathering -------------------------------------------------------------------------------- */

/* A folder that was moved keeps its name, which holds a moment and a process. */
static bool is_of(const struct run_line *line, const struct kept *kept)
{
	return line->folder != NULL && (strcmp(line->folder, kept->real) == 0 ||
		strcmp(last_part(line->folder), kept->name) == 0);
}

static struct run_line line_of(const struct kept *kept)
{
	return (struct run_line){ .status = kept->verdict, .started = kept->started,
		.source = kept->source, .folder = kept->real, .rows = kept->rows, .kept = kept };
}

/* One that was replayed with another plan is of several streams. */
static void add_folder(struct run_list *list, const struct kept *kept)
{
	bool known = false;

	for (size_t i = 0; i < list->count; i++)
		if (is_of(&list->lines[i], kept)) {
			list->lines[i].kept = kept;
			known = true;
		}
	if (!known)
		list->lines[list->count++] = line_of(kept);
}

/* Kept where the database says, which is none of the places that are looked at. */
static void look_elsewhere(struct run_list *list, struct run_line *line, struct fault *fault)
{
	struct kept *kept = arena_alloc(list->arena, sizeof(*kept));

	if (kept == NULL)
		fault_memory(fault);
	else if (kept_look(list->arena, line->folder, kept, fault))
		line->kept = kept;
}

/* So much of an id as tells it apart, and 8 digits at least. */
static const char *short_id(const struct run_list *list, const struct run_line *line)
{
	size_t size = 8;

	/* One that goes to a schema of its own has that in its id. */
	if (strspn(line->stream, "0123456789abcdef") < strlen(line->stream))
		return line->stream;
	for (size_t i = 0; i < list->count; i++)
		while (&list->lines[i] != line && list->lines[i].stream != NULL &&
			strlen(line->stream) > size &&
			strncmp(list->lines[i].stream, line->stream, size) == 0)
			size++;
	return arena_format(list->arena, "%.*s", (int)size, line->stream);
}

static size_t count_of(const struct run_list *list, const struct kept *kept)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += is_of(&list->lines[i], kept);
	return count;
}

static void name_line(struct run_list *list, struct run_line *line, struct fault *fault)
{
	line->word = line->kept != NULL && count_of(list, line->kept) <= 1 ?
		line->kept->folder : short_id(list, line);
	if (line->word == NULL)
		fault_memory(fault);
}

static int by_time(const void *a, const void *b)
{
	const struct run_line *left = a, *right = b;

	return strcmp(right->started == NULL ? "" : right->started,
		left->started == NULL ? "" : left->started);
}

int run_list_gather(struct run_list *list, const char *place, struct fault *fault)
{
	struct run_line *lines;
	struct kept *folders;
	size_t count;

	if (kept_list(list->arena, place == NULL ? "." : place, &folders, &count, fault) != 0)
		return fault->status;
	/* One more is for a folder that is named, and is none of these. */
	lines = arena_array(list->arena, list->count + count + 1, sizeof(*lines));
	if (lines == NULL)
		return fault_memory(fault);
	if (list->count > 0)
		memcpy(lines, list->lines, list->count * sizeof(*lines));
	list->lines = lines;
	for (size_t i = 0; i < count; i++)
		add_folder(list, &folders[i]);
	for (size_t i = 0; i < list->count; i++)
		if (lines[i].kept == NULL && lines[i].folder != NULL)
			look_elsewhere(list, &lines[i], fault);
	for (size_t i = 0; i < list->count; i++)
		name_line(list, &lines[i], fault);
	qsort(lines, list->count, sizeof(*lines), by_time);
	return fault->status;
}

/* --- finding ---------------------------------------------------------------------------------- */

static bool is_meant(const struct run_line *line, const char *word, const struct kept *kept,
	bool whole)
{
	if (kept != NULL)
		return is_of(line, kept);
	if (line->stream != NULL && (whole ? strcmp(line->stream, word) :
		strncmp(line->stream, word, strlen(word))) == 0)
		return true;
	return line->kept != NULL && strcmp(line->kept->name, word) == 0;
}

/* A whole id is that one, even if another one, of a schema, goes on behind it. */
static bool is_whole(const struct run_list *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->lines[i].stream != NULL && strcmp(list->lines[i].stream, word) == 0)
			return true;
	return false;
}

/* Of several the one that is complete, if it is one: the others came to nothing. */
static struct run_line *choose(struct run_list *list, const char *word, const struct kept *kept,
	size_t *count)
{
	const bool whole = is_whole(list, word);
	struct run_line *found = NULL, *complete = NULL;
	size_t completes = 0;

	*count = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct run_line *line = &list->lines[i];

		if (!is_meant(line, word, kept, whole))
			continue;
		found = line;
		++*count;
		if (strcmp(line->status, "complete") == 0) {
			complete = line;
			completes++;
		}
	}
	if (kept == NULL || completes != 1)
		return found;
	*count = 1;
	return complete;
}

/* Its folder is in DB.rowpipe; two databases of one name may have their runs in the same place. */
static bool is_of_database(const struct run_line *line, const char *name, const char *real)
{
	static const char end[] = ".rowpipe/";
	const size_t size = strlen(name);
	const char *place;

	if (line->kept == NULL || (real != NULL && line->kept->source != NULL &&
		strcmp(real, line->kept->source) != 0))
		return false;
	place = line->kept->name - (sizeof(end) - 1) - size;
	return line->kept->name - line->kept->real > (ptrdiff_t)(size + sizeof(end) - 1) &&
		place[-1] == '/' && strncmp(place, name, size) == 0 &&
		strncmp(place + size, end, sizeof(end) - 1) == 0;
}

/* NULL: it has none. */
static const char *folder_of(struct run_list *list, const char *database,
	bool (*fits)(const struct run_line *line))
{
	char path[4096]; /* PATH_MAX */
	const char *real = realpath(database, path), *newest = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct run_line *line = &list->lines[i];

		if (!is_of_database(line, last_part(database), real))
			continue;
		if (fits == NULL || fits(line))
			return line->kept->folder;
		if (newest == NULL)
			newest = line->kept->folder;
	}
	return newest;
}

struct run_line *run_list_find(struct run_list *list, const char **given,
	bool (*fits)(const struct run_line *line), struct fault *fault)
{
	struct kept *kept = arena_alloc(list->arena, sizeof(*kept));
	struct run_line *found;
	const char *word = *given, *newest;
	size_t count = 0;
	bool folder;

	if (kept == NULL)
		fault_memory(fault);
	if (fault->status != 0)
		return NULL;
	folder = kept_look(list->arena, word, kept, fault);
	found = choose(list, word, folder ? kept : NULL, &count);
	newest = folder || count > 0 ? NULL : folder_of(list, word, fits);
	if (newest != NULL && fault->status == 0) {
		*given = word = newest;
		folder = kept_look(list->arena, word, kept, fault);
		found = choose(list, word, folder ? kept : NULL, &count);
	}
	if (count > 1)
		fault_set(fault, STATUS_USAGE, "\"%s\" can mean %zu runs: %s", word, count,
			folder ? "give the stream of one" : "give more of it");
	else if (!folder && (count == 0 || *word == '\0'))
		fault_set(fault, STATUS_SOURCE, "there is no run \"%s\"", word);
	if (fault->status != 0)
		return NULL;
	if (count == 0) {
		found = &list->lines[list->count];
		*found = line_of(kept);
		found->word = kept->folder;
	}
	if (folder)
		found->kept = kept;
	return found;
}
