/** Instance metadata as a tree of texts, and how paths walk it. Pure. */

/** A text, or a folder by name; undefined members do not exist. */
export type MetadataNode = string | MetadataFolder;

export interface MetadataFolder {
  readonly [name: string]: MetadataNode | undefined;
}

/** The text under a path; for a folder its names, one a line, those of folders with a slash. Undefined when there is nothing. */
export function readMetadata(root: MetadataFolder, path: string): string | undefined {
  let node: MetadataNode | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (node === undefined || typeof node === 'string' || !Object.hasOwn(node, name)) return undefined;
    node = node[name];
  }
  if (node === undefined || typeof node === 'string') return node;
  return Object.entries(node)
    .filter(([, child]) => child !== undefined)
    .map(([name, child]) => (typeof child === 'string' ? name : `${name}/`))
    .join('\n');
}
