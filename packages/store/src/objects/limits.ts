/** The numbers of the object layer. Those that shape stored data are written beside it, so they may change later. */

/** Objects and parts up to this size are kept inside their partition's map. */
export const INLINE_BYTES = 32 * 1024;

/** Larger ones are cut into chunks of this size; the last one is shorter. Stored with each blob. */
export const CHUNK_BYTES = 4 * 1024 * 1024;

/** Every part of a multipart upload but the last has at least this size (AWS's rule). */
export const MINIMUM_PART_BYTES = 5 * 1024 * 1024;

export const MAXIMUM_PART_NUMBER = 10_000;

export const MAXIMUM_OBJECT_BYTES = 5 * 2 ** 40;

/** In UTF-8. */
export const MAXIMUM_KEY_BYTES = 1_024;

export const MAXIMUM_BUCKET_NAME_BYTES = 255;

/** Of the name of a destination of events, in UTF-16 units. */
export const MAXIMUM_DESTINATION_LENGTH = 400;

/** AWS's limit of notification rules a bucket. */
export const MAXIMUM_EVENT_RULES = 100;

/** A key of the map is at most this long (the port's limit). */
export const MAXIMUM_MAP_KEY_BYTES = 1_400;

/** What a key of the map may have behind its table and generation, with some room for bounds of ranges. */
export const MAXIMUM_POSITION_BYTES = MAXIMUM_MAP_KEY_BYTES - 16;

/** No query answers more rows than this at a time, whatever was asked for. */
export const MAXIMUM_PAGE_ROWS = 10_000;

/** No command names more blobs or chunks than this. */
export const MAXIMUM_BATCH = 10_000;
