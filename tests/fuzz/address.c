/*
 * Any bytes as an address.  Nothing may crash; what is refused is refused as usage; what is taken
 * says only what libpq knows, and is the same when its own words are read again; and what would be
 * shown of it has no password.
 */
#include "check.h"

#include "base/bytes.h"
#include "db/address.h"

static char *text_of(struct arena *arena, const struct address *address,
	void (*write)(const struct address *, struct bytes *))
{
	struct bytes text = { 0 };
	char *copy;

	write(address, &text);
	EXPECT(!text.failed);
	copy = arena_copy(arena, text.data, text.size);
	bytes_close(&text);
	return copy;
}

static void check_again(struct arena *arena, const struct address *address)
{
	const char *words = text_of(arena, address, address_words);
	const char *shown = text_of(arena, address, address_public_words);
	struct address again;
	struct fault fault = { 0 };

	/* The words may be one too many where sslaccept= has added one. */
	if (address_read(arena, words, NULL, &again, &fault) != 0) {
		EXPECT(address->keywords.count == KEYWORDS_MOST);
		return;
	}
	EXPECT(again.note_count == 0);
	EXPECT(strcmp(text_of(arena, &again, address_words), words) == 0);
	EXPECT(strcmp(text_of(arena, &again, address_public_words), shown) == 0);
	/* One keyword less for each password, and no other. */
	for (size_t i = 0; i < again.keywords.count; i++) {
		struct keyword *item = &again.keywords.items[i];

		if (strcmp(item->name, "password") == 0 || strcmp(item->name, "sslpassword") == 0)
			item->value = "another";
	}
	EXPECT(strcmp(text_of(arena, &again, address_public_words), shown) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct address address;
	struct fault fault = { 0 };
	char *text = arena_copy(&arena, data, size);

	/* The environment is no part of what is given. */
	if (strncmp(text, "env:", 4) != 0) {
		address_read(&arena, text, NULL, &address, &fault);
		EXPECT(fault.status == 0 || fault.status == STATUS_USAGE);
		EXPECT((fault.status != 0) == (*fault.text != '\0'));
		EXPECT(address.keywords.count <= KEYWORDS_MOST);
		if (fault.status == 0 && address.given)
			check_again(&arena, &address);
	}
	address_wipe(text);
	arena_close(&arena);
	return 0;
}
