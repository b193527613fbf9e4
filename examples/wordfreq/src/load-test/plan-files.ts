/** Which files are copied, and what their copies are called. */

/**
 * So many copies, in the order of the names; when there are fewer files they are taken again and again, each time under another name.
 *
 * @param prefix of the copies, so that every run has names of its own
 */
export function planFiles(
  sources: readonly string[],
  count: number,
  prefix: string,
): { readonly from: string; readonly to: string }[] {
  return Array.from({ length: sources.length === 0 ? 0 : count }, (_, index) => {
    const from = sources[index % sources.length]!;
    const round = Math.floor(index / sources.length);
    return { from, to: `${prefix}${round === 0 ? '' : `again-${round}/`}${from}` };
  });
}
