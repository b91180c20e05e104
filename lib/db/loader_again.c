/* Sessions that are waited for, outages, and what stays behind a failure. */
#include <string.h>

#include "base/descriptor.h"
#include "db/loader.h"
#include "db/look.h"

/* A server that starts, or has no place free, is waited for: the rest of the stream waits, too. */
static struct libpq *open_session(struct loader *loader, struct fault *fault)
{
	const struct loader_settings *settings = &loader->how;
	char refused[6] = "";
	const struct libpq_options how = { .tool = settings->tool, .writes = !settings->looks,
		.refused = refused };
	struct libpq *libpq;

	while ((libpq = libpq_open(loader->arena, settings->address, &how, fault)) == NULL &&
		!settings->looks && outage_refusal_passes(refused)) {
		if (!outage_wait(&loader->outage, fault->text, settings->pause))
			break;
		*fault = (struct fault){ 0 };
		refused[0] = '\0';
	}
	return libpq;
}

int loader_connect(struct loader *loader, struct fault *fault)
{
	const struct loader_settings *how = &loader->how;
	struct load *load = &loader->load;

	load->arena = loader->arena;
	load->target = &loader->target;
	load->tell = how->tell;
	load->enter = how->enter;
	load->context = how->context;
	/* The same stream in another schema is another load. */
	load->stream = loader_hex(loader, loader->hello->stream, loader_own_schema(loader), fault);
	load->run = loader_run(loader, fault);
	load->dry = how->dry;
	load->definitions = how->definitions;
	if (fault->status == 0)
		load->libpq = open_session(loader, fault);
	if (load->libpq == NULL)
		return fault->status;
	loader->connected = true;
	outage_end_session(&loader->outage, load->libpq, load->arena);
	return outage_note(&loader->outage, load->libpq, load->arena, fault);
}

void loader_close(struct loader *loader)
{
	load_close(&loader->load);
	staging_close(&loader->staging);
	upsert_close(&loader->upsert);
	if (loader->load.libpq != NULL)
		libpq_close(loader->load.libpq);
	loader->load = (struct load){ 0 };
	loader->staging = (struct staging){ 0 };
	loader->upsert = (struct upsert){ 0 };
}

bool loader_leaves(struct loader *loader)
{
	const struct staging *staging = &loader->staging;

	if (staging->committed) {
		loader->stays = true;
		loader->staged = staging->there + staging->rows;
	}
	return loader->stays;
}

/* As if nothing had been read; what was decided about the process itself stays. */
static void forget(struct loader *loader)
{
	loader_leaves(loader);
	loader_close(loader);
	loader->target = (struct target){ 0 };
	loader->findings = (struct findings){ 0 };
	loader->objects = NULL;
	loader->object_count = loader->object_room = 0;
	loader->writes = loader->passes = false;
}

/* A commit whose answer did not come: behind the lock it has taken place, or never will. */
static bool was_committed(struct loader *loader, const struct ending *ending, struct fault *fault)
{
	struct load *load = &loader->load;
	struct fault trouble = *fault;
	const char *chain = loader_hex(loader, ending->chain, NULL, fault);
	struct findings findings = { 0 };
	bool done = false;

	while (!done && outage_wait(&loader->outage, NULL, loader->how.pause)) {
		libpq_close(load->libpq);
		load->libpq = NULL;
		*fault = (struct fault){ 0 };
		if (loader_connect(loader, fault) != 0)
			continue;
		load->complete = false;
		done = load_lock(load, fault) == 0 && look_at_all(load, &findings, fault) == 0;
		libpq_rollback(load->libpq);
	}
	if (done && load->complete && strcmp(load->chain, chain) == 0) {
		load->complete = false;
		*fault = (struct fault){ 0 };
		return true;
	}
	*fault = trouble;
	if (done)
		*fault = (struct fault){ STATUS_AGAIN, "the connection was lost before "
			"the commit took place" };
	return false;
}

/* Whether what went wrong may be gone when it is tried again. */
static bool passes(const struct loader *loader, const struct fault *fault)
{
	const struct libpq *libpq = loader->load.libpq;

	return (fault->status == STATUS_AGAIN || fault->status == STATUS_UNKNOWN) &&
		descriptor_stop == 0 && loader->connected &&
		(libpq == NULL || outage_passes(libpq));
}

bool loader_again(struct loader *loader, const struct ending *ending, struct fault *fault)
{
	const enum loader_mode mode = loader->how.mode;

	if (!passes(loader, fault))
		return false;
	if (loader->staging.segments > 0)
		outage_over(&loader->outage);
	/* Nothing would tell whether it took place. */
	if (fault->status == STATUS_UNKNOWN && loader->load.control.forgotten &&
		mode != LOADER_REFILL)
		return false;
	if (mode != LOADER_UPSERT && fault->status == STATUS_UNKNOWN && ending != NULL &&
		was_committed(loader, ending, fault))
		return false;
	if (loader->staging.on && fault->status == STATUS_UNKNOWN && ending == NULL)
		fault->status = STATUS_AGAIN;
	if (!loader->how.rereads ||
		!outage_wait(&loader->outage, fault->text, loader->how.pause))
		return false;
	forget(loader);
	*fault = (struct fault){ 0 };
	return true;
}

/* A load that a signal ended, or whose server is gone, has no time for it. */
void loader_fail(struct loader *loader, const struct fault *fault)
{
	struct load *load = &loader->load;

	if ((loader->writes || loader->staging.on) && fault->status != 0 && !loader->how.dry &&
		descriptor_stop == 0 && load->libpq != NULL && libpq_alive(load->libpq))
		control_fail_run(&load->control, &load->run, fault->text);
}
