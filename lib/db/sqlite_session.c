#include "db/sqlite_work.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "row/texts.h"

/* --- nothing changes meanwhile ---------------------------------------------------------------- */

/* No reader of this transaction can need fewer bytes; in WAL mode the rest may be in the -wal. */
static uint64_t least_size(const struct sqlite *sqlite)
{
	uint64_t pages = sqlite->facts.page_count * sqlite->facts.page_size;

	return pages < sqlite->file.size ? pages : sqlite->file.size;
}

bool sqlite_moved(const struct sqlite *sqlite, struct fault *fault)
{
	return !sqlite->facts.snapshot &&
		file_compare(&sqlite->file, least_size(sqlite), fault) != 0;
}

int sqlite_pin(struct sqlite *sqlite, struct fault *fault)
{
	if (sqlite_in_transaction(sqlite))
		return 0;
	if (sqlite_run(sqlite, "BEGIN", fault) == 0)
		sqlite_ask(sqlite, "SELECT count(*) FROM sqlite_schema", fault);
	return fault->status;
}

int64_t sqlite_unpin(struct sqlite *sqlite, struct fault *fault)
{
	struct fault trouble = { 0 };
	int64_t version;

	if (sqlite_in_transaction(sqlite))
		sqlite_run(sqlite, "COMMIT", &trouble);
	version = sqlite_ask(sqlite, "PRAGMA data_version", &trouble);
	if (trouble.status != 0 && trouble.status != STATUS_AGAIN)
		fault_set(fault, trouble.status, "%s", trouble.text);
	return trouble.status == 0 ? version : -1;
}

/* --- facts ------------------------------------------------------------------------------------ */

static int take_facts(struct sqlite *sqlite, struct fault *fault)
{
	struct sqlite_facts *facts = &sqlite->facts;

	facts->encoding = sqlite_ask_text(sqlite, "PRAGMA encoding", fault);
	facts->page_size = (uint32_t)sqlite_ask(sqlite, "PRAGMA page_size", fault);
	facts->page_count = (uint64_t)sqlite_ask(sqlite, "PRAGMA page_count", fault);
	facts->user_version = sqlite_ask(sqlite, "PRAGMA user_version", fault);
	facts->application_id = sqlite_ask(sqlite, "PRAGMA application_id", fault);
	if (!facts->snapshot)
		facts->schema_version = sqlite_ask(sqlite, "PRAGMA schema_version", fault);
	return fault->status;
}

static void hash_text(struct hash_stream *hash, const char *text)
{
	uint8_t size[8];

	put_u64(size, text == NULL ? UINT64_MAX : strlen(text));
	hash_add(hash, size, sizeof(size));
	if (text != NULL)
		hash_add(hash, text, strlen(text));
}

static int take_fingerprint(struct sqlite *sqlite, struct fault *fault)
{
	struct sqlite_facts *facts = &sqlite->facts;
	struct statement *schema = statement_begin(sqlite,
		"SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid", fault);
	uint8_t numbers[32];
	struct hash_stream hash;

	put_u64(numbers, facts->page_count);
	put_u64(numbers + 8, (uint64_t)facts->schema_version);
	put_u64(numbers + 16, (uint64_t)facts->user_version);
	put_u64(numbers + 24, (uint64_t)facts->application_id);
	hash_begin(&hash);
	hash_add(&hash, numbers, sizeof(numbers));
	while (schema != NULL && statement_next(schema, fault))
		for (int i = 0; i < 4; i++)
			hash_text(&hash, statement_text(schema, i));
	statement_end(schema);
	hash_put(facts->fingerprint, hash_result(&hash));
	return fault->status;
}

const struct sqlite_facts *sqlite_facts(const struct sqlite *sqlite)
{
	return &sqlite->facts;
}

int sqlite_warn(struct sqlite *sqlite, const char *what, struct fault *fault)
{
	if (texts_note(sqlite->arena, &sqlite->facts.warnings, "%s", what) == 0)
		return 0;
	return fault_memory(fault);
}

const char *sqlite_name(const struct sqlite *sqlite)
{
	return sqlite->file.name;
}

void sqlite_tell(struct sqlite *sqlite, const char *doing)
{
	sqlite->doing = doing;
}

void sqlite_set_checked(struct sqlite *sqlite)
{
	sqlite->facts.checked = true;
}

/* --- beginning and end ------------------------------------------------------------------------ */

static int begin(struct sqlite *sqlite, struct fault *fault)
{
	struct sqlite_facts *facts = &sqlite->facts;

	facts->versions[0] = sqlite_ask(sqlite, "PRAGMA data_version", fault);
	facts->journal = sqlite_ask_text(sqlite, "PRAGMA journal_mode", fault);
	facts->wal = sqlite->file.wal;
	if (sqlite->file.wal_mode && !facts->wal)
		texts_note(sqlite->arena, &facts->warnings,
			"in WAL mode, but no -wal file with it:"
			" if it was copied without that, its newest rows are missing");
	if (sqlite->options.snapshot != NULL && take_facts(sqlite, fault) == 0)
		sqlite_snapshot(sqlite, fault);
	if (fault->status != 0 || sqlite_run(sqlite, "BEGIN", fault) != 0)
		return fault->status;
	if (take_facts(sqlite, fault) == 0 && take_fingerprint(sqlite, fault) == 0 &&
		!facts->snapshot)
		facts->versions[1] = sqlite_ask(sqlite, "PRAGMA data_version", fault);
	return fault->status;
}

struct sqlite *sqlite_open(struct arena *arena, const char *path,
	const struct sqlite_options *options, struct fault *fault)
{
	struct sqlite *sqlite = sqlite_make(arena);

	if (sqlite == NULL) {
		fault_memory(fault);
		return NULL;
	}
	sqlite->options = *options;
	sqlite->doing = "reading the schema";
	if (file_look(&sqlite->file, path, fault) != 0)
		return NULL;
	if (sqlite_connect(sqlite, fault) == 0 && begin(sqlite, fault) == 0)
		return sqlite;
	sqlite_close(sqlite);
	return NULL;
}

int sqlite_end(struct sqlite *sqlite, struct fault *fault)
{
	struct sqlite_facts *facts = &sqlite->facts;

	sqlite->doing = "ending";
	if (!sqlite_moved(sqlite, fault) && !facts->snapshot)
		facts->versions[2] = sqlite_unpin(sqlite, fault);
	return fault->status;
}
