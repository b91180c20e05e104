#include "db/loader.h"

#include <string.h>

#include "base/print.h"
#include "db/look.h"

static const char *const modes[] = { [LOADER_CREATE] = "create", [LOADER_FILL] = "fill",
	[LOADER_REFILL] = "refill", [LOADER_APPEND] = "append", [LOADER_UPSERT] = "upsert" };

bool loader_find_mode(const char *name, enum loader_mode *mode)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i], name) == 0) {
			*mode = (enum loader_mode)i;
			return true;
		}
	return false;
}

static bool fills(const struct loader *loader)
{
	return loader->how.mode == LOADER_FILL || loader->how.mode == LOADER_REFILL;
}

static bool upserts(const struct loader *loader)
{
	return loader->how.mode == LOADER_UPSERT;
}

void loader_open(struct loader *loader, struct arena *arena, const struct loader_settings *how,
	const struct hello *hello, const struct ledger *ledger)
{
	loader->how = *how;
	loader->arena = arena;
	loader->hello = hello;
	loader->ledger = ledger;
	loader->outage.most = how->retry_time;
}

const char *loader_hex(struct loader *loader, const uint8_t *data, const char *schema,
	struct fault *fault)
{
	struct bytes text = { 0 };
	const char *copy;

	print_hex(&text, data, 16);
	if (schema != NULL)
		bytes_format(&text, " in %s", schema);
	copy = bytes_settle(&text, loader->arena);
	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/* --- objects ---------------------------------------------------------------------------------- */

static struct texts keep_texts(struct loader *loader, const struct texts *texts,
	struct fault *fault)
{
	struct arena *arena = loader->arena;
	struct texts copy = { arena_array(arena, texts->count + 1, sizeof(*copy.items)), 0 };

	while (copy.items != NULL && copy.count < texts->count) {
		copy.items[copy.count] = arena_text(arena, texts->items[copy.count]);
		if (copy.items[copy.count++] == NULL)
			copy.items = NULL;
	}
	if (copy.items == NULL)
		fault_memory(fault);
	return copy.items != NULL ? copy : (struct texts){ 0 };
}

/* OBJECT frames live with their batch; they are needed until the end. */
int loader_keep(struct loader *loader, const struct object *object, struct fault *fault)
{
	struct arena *arena = loader->arena;
	struct object copy = *object;

	if (loader->object_count == loader->object_room) {
		size_t room = loader->object_room == 0 ? 16 : loader->object_room * 2;
		struct object *objects = arena_array(arena, room, sizeof(*objects));

		if (objects == NULL)
			return fault_memory(fault);
		for (size_t i = 0; i < loader->object_count; i++)
			objects[i] = loader->objects[i];
		loader->objects = objects;
		loader->object_room = room;
	}
	copy.kind = arena_text(arena, copy.kind);
	copy.name = arena_text(arena, copy.name);
	copy.schema = copy.schema == NULL ? NULL : arena_text(arena, copy.schema);
	copy.table = copy.table == NULL ? NULL : arena_text(arena, copy.table);
	copy.sql = copy.sql == NULL ? NULL : arena_text(arena, copy.sql);
	copy.remark = copy.remark == NULL ? NULL : arena_text(arena, copy.remark);
	copy.columns = keep_texts(loader, &copy.columns, fault);
	loader->objects[loader->object_count++] = copy;
	if (copy.kind == NULL || copy.name == NULL)
		fault_memory(fault);
	return fault->status;
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* What a mixture speaks is nobody's SQL: it is translated, or a to-do. */
static bool is_native(const struct hello *hello)
{
	for (size_t i = 0; i < hello->source_count; i++)
		if (strcmp(hello->sources[i].kind, "postgresql") != 0)
			return false;
	return hello->source_count > 0;
}

/* PostgreSQL's own tables have schemas, and what is said of them in SQL has, too. */
static const char *schema_of(const struct loader *loader)
{
	const char *schema = loader->how.address->keywords.schema;

	return schema == NULL || is_native(loader->hello) ? "public" : schema;
}

const char *loader_own_schema(const struct loader *loader)
{
	const char *schema = loader->how.address->keywords.schema;

	for (size_t i = 0; i < loader->table_count && schema != NULL; i++)
		if (loader->tables[i]->schema == NULL && strcmp(schema, "public") != 0)
			return schema;
	return NULL;
}

/* NULL: the stream names none. */
static const char *source_name(const struct loader *loader)
{
	const struct hello *hello = loader->hello;

	return hello->source_count > 0 ? hello->sources[0].name : NULL;
}

struct control_run loader_run(struct loader *loader, struct fault *fault)
{
	const struct loader_settings *how = &loader->how;
	const struct hello *hello = loader->hello;

	return (struct control_run){ .stream = loader->load.stream, .mode = modes[how->mode],
		.source = source_name(loader),
		.source_id = hello->source_count == 0 ? NULL :
			loader_hex(loader, hello->sources[0].fingerprint, NULL, fault),
		.pipeline = how->pipeline, .triggered_by = how->triggered_by,
		.folder = how->folder };
}

/* The first reason to stop is the message; who looks shows all of them. */
static int stop_at_findings(const struct loader *loader, struct fault *fault)
{
	const struct findings *findings = &loader->findings;

	for (size_t i = 0; i < findings->count && !loader->how.looks; i++)
		if (findings->items[i].verdict == LOOK_STOP)
			fault_set(fault, findings->status, "%s", findings->items[i].text);
	return fault->status;
}

static int make_target(struct loader *loader, struct fault *fault)
{
	struct target *target = &loader->target;

	target->arena = loader->arena;
	target->libpq = loader->load.libpq;
	target->owner = loader->how.owner;
	target->grants = loader->how.grants;
	target->native = is_native(loader->hello);
	target->schema = schema_of(loader);
	return target_make(target, loader->tables, loader->table_count, loader->objects,
		loader->object_count, fault);
}

static int begin_upsert(struct loader *loader, struct fault *fault)
{
	struct upsert *upsert = &loader->upsert;

	upsert->arena = loader->arena;
	upsert->libpq = loader->load.libpq;
	upsert->schema = loader->how.address->keywords.schema;
	upsert->stream = loader->load.stream;
	upsert->run = loader->load.run;
	upsert->dry = loader->how.dry;
	return upsert_begin(upsert, loader->tables, loader->table_count, fault);
}

static int begin_fill(struct loader *loader, struct fault *fault)
{
	const struct loader_settings *how = &loader->how;
	struct fill *fill = &loader->fill;

	loader->target = (struct target){ .arena = loader->arena, .libpq = loader->load.libpq,
		.schema = schema_of(loader) };
	*fill = (struct fill){ .load = &loader->load, .findings = &loader->findings,
		.objects = loader->objects, .object_count = loader->object_count,
		.refill = how->mode == LOADER_REFILL, .fires = how->fires, .looks = how->looks,
		.other_migrations = how->other_migrations };
	if (fill_look(fill, loader->tables, loader->table_count, fault) != 0 ||
		stop_at_findings(loader, fault) != 0 || how->looks || loader->load.complete)
		return fault->status;
	loader->writes = fill_begin(fill, fault) == 0;
	return fault->status;
}

static int begin_append(struct loader *loader, struct fault *fault)
{
	struct append *append = &loader->append;

	*append = (struct append){ .load = &loader->load, .staging = &loader->staging,
		.again = loader->how.again };
	loader->staging.address = loader->how.told;
	if (append_look(append, fault) == 0 && !loader->load.complete)
		append_begin(append, loader->how.commit_every, fault);
	loader->writes = fault->status == 0 && !loader->load.complete;
	return fault->status;
}

static int begin_create(struct loader *loader, struct fault *fault)
{
	struct load *load = &loader->load;
	struct staging *staging = &loader->staging;

	if (look_at_all(load, &loader->findings, fault) != 0 ||
		stop_at_findings(loader, fault) != 0 || loader->how.looks || load->complete)
		return fault->status;
	staging->address = loader->how.told;
	if (staging_begin(staging, load, loader->how.commit_every, fault) != 0 || load->complete)
		return fault->status;
	loader->writes = staging->on || load_begin(load, fault) == 0;
	return fault->status;
}

int loader_begin(struct loader *loader, const struct table *const *tables, size_t count,
	struct fault *fault)
{
	const struct loader_settings *how = &loader->how;

	loader->tables = tables;
	loader->table_count = count;
	if (!how->scripts && loader_connect(loader, fault) != 0)
		return fault->status;
	if (upserts(loader))
		return begin_upsert(loader, fault);
	if (fills(loader))
		return begin_fill(loader, fault);
	if (make_target(loader, fault) != 0 || how->scripts ||
		(!how->looks && load_lock(&loader->load, fault) != 0))
		return fault->status;
	return (how->mode == LOADER_APPEND ? begin_append : begin_create)(loader, fault);
}

/* --- rows ------------------------------------------------------------------------------------- */

bool loader_takes_rows(const struct loader *loader)
{
	return upserts(loader) || (loader->writes && !loader->how.definitions);
}

int loader_frame(struct loader *loader, uint64_t frame, struct fault *fault)
{
	struct staging *staging = &loader->staging;

	loader->passes = staging_has(staging, frame);
	return staging->on && !loader->passes ? staging_ready(staging, fault) : fault->status;
}

int loader_row(struct loader *loader, const struct value *cells, struct fault *fault)
{
	const size_t place = loader->ledger->last;

	if (upserts(loader))
		return upsert_row(&loader->upsert, place, cells, fault);
	if (!loader_takes_rows(loader))
		return fault->status;
	if (loader->passes)
		load_pass_row(&loader->load, place, cells);
	else if (fills(loader))
		return fill_row(&loader->fill, place, cells, fault);
	else
		return load_row(&loader->load, place, cells, fault);
	return fault->status;
}

int loader_delete(struct loader *loader, const struct value *cells, struct fault *fault)
{
	return upsert_delete(&loader->upsert, loader->ledger->last, cells, fault);
}

int loader_frame_end(struct loader *loader, uint64_t rows, struct fault *fault)
{
	const struct ledger *ledger = loader->ledger;
	struct staging *staging = &loader->staging;

	if (!staging->on)
		return fault->status;
	return loader->passes ? staging_meet(staging, ledger, fault) :
		staging_frame(staging, ledger->last, rows, ledger, fault);
}

int loader_table_end(struct loader *loader, uint64_t rows, struct fault *fault)
{
	const size_t place = loader->ledger->last;

	if (loader->writes && fills(loader))
		return fill_table_end(&loader->fill, place, rows, fault);
	if (loader->writes && !loader->how.definitions)
		return load_table_end(&loader->load, place, rows, fault);
	return fault->status;
}

/* --- the end ---------------------------------------------------------------------------------- */

/* What was complete before is the same rows. */
static int compare_chain(const struct load *load, const char *chain, struct fault *fault)
{
	if (load->complete && strcmp(load->chain, chain) != 0)
		fault_set(fault, STATUS_MISFIT, "a stream of this id was loaded before, "
			"but its chain was %s and this one's is %s: they hold other rows",
			load->chain, chain);
	return fault->status;
}

int loader_end(struct loader *loader, const struct ending *ending, struct fault *fault)
{
	const char *chain = loader_hex(loader, ending->chain, NULL, fault);
	const char *source = source_name(loader);
	struct staging *staging = &loader->staging;

	if (fault->status != 0)
		return fault->status;
	if (upserts(loader))
		return upsert_end(&loader->upsert, chain, source, fault);
	if (!loader->writes)
		return compare_chain(&loader->load, chain, fault);
	if (fills(loader))
		return fill_end(&loader->fill, chain, source, fault);
	if (loader->how.mode == LOADER_APPEND)
		return append_end(&loader->append, chain, fault);
	if (staging->on && staging_publish(staging, loader->how.publish_wait, fault) != 0)
		return fault->status;
	return load_end(&loader->load, chain, source, fault);
}
