#include "row/conversion.h"

const char *const reading_names[TIMES] = {
	[TIME_EPOCH_S] = "epoch_s",
	[TIME_EPOCH_MS] = "epoch_ms",
	[TIME_EPOCH_US] = "epoch_us",
	[TIME_EPOCH_NS] = "epoch_ns",
	[TIME_WEBKIT_US] = "webkit_us",
	[TIME_COCOA_S] = "cocoa_s",
	[TIME_JULIAN] = "julian",
	[TIME_COMPACT] = "compact",
};

const char *const nul_names[NULS] = {
	[NUL_STRIP] = "strip",
	[NUL_ESCAPE] = "escape",
};

const char *const ill_names[ILLS] = {
	[ILL_LATIN1] = "latin1",
	[ILL_REPLACE] = "replace",
	[ILL_ESCAPE] = "escape",
};

const char *const change_names[CHANGES] = {
	[CHANGE_NULLIFIED] = "made NULL",
	[CHANGE_NUL_STRIPPED] = "NUL bytes removed",
	[CHANGE_NUL_ESCAPED] = "NUL bytes escaped",
	[CHANGE_LATIN1] = "read as Latin-1",
	[CHANGE_REPLACED] = "ill-formed text replaced",
	[CHANGE_ESCAPED] = "ill-formed text escaped",
	[CHANGE_INTEGER_TO_BOOLEAN] = "integer to boolean",
	[CHANGE_TEXT_TO_BOOLEAN] = "text to boolean",
	[CHANGE_INTEGER_TO_REAL] = "integer to real",
	[CHANGE_REAL_TO_INTEGER] = "real to integer",
	[CHANGE_TEXT_TO_NUMBER] = "text to number",
	[CHANGE_NUMBER_TO_TEXT] = "number to text",
	[CHANGE_REAL_TO_NUMERIC] = "real to numeric",
	[CHANGE_NUMBER_TO_TIME] = "number to time",
	[CHANGE_TEXT_TO_TIME] = "text to time",
	[CHANGE_OFFSET_TO_UTC] = "time with offset to UTC",
	[CHANGE_TEXT_TO_UUID] = "text to uuid",
	[CHANGE_BYTES_TO_UUID] = "bytes to uuid",
	[CHANGE_NUMBER_TO_BYTES] = "number to bytes",
	[CHANGE_TEXT_TO_BYTES] = "text to bytes",
	[CHANGE_BYTES_TO_TEXT] = "bytes to text",
	[CHANGE_NUMBER_TO_INTERVAL] = "number to interval",
	[CHANGE_TEXT_TO_INTERVAL] = "text to interval",
	[CHANGE_JSON_TO_ARRAY] = "JSON to array",
	[CHANGE_ROUNDED] = "rounded",
};
