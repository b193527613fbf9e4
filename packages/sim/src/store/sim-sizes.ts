/** Small numbers in place of the production ones, so that a few kilobytes make objects of many chunks and parts. */
export const SIM_INLINE_BYTES = 256;
export const SIM_CHUNK_BYTES = 1024;
export const SIM_MINIMUM_PART_BYTES = 512;
