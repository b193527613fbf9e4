import { SaxesParser } from 'saxes';
import { S3Error } from '../errors/s3-error.ts';

export interface XmlElement {
  /** Without a name space prefix. */
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** Enough for 10,000 parts with checksums, or for 1,000 keys of 1,024 bytes that are escaped byte by byte. */
export const MAX_XML_BYTES = 2 * 1024 * 1024;
const MAX_DEPTH = 10;
const MAX_ELEMENTS = 100_000;

/**
 * Reads a small document into a tree. A document type, an entity of its own, or anything past the limits is `MalformedXML` at
 * once: nothing is ever expanded. Attributes and processing instructions are passed over.
 */
export function parseXml(text: string): XmlElement {
  if (text.length > MAX_XML_BYTES) throw malformed(`it is longer than ${MAX_XML_BYTES} bytes`);
  const document: XmlElement = { name: '', children: [], text: '' };
  const open: XmlElement[] = [document];
  let elements = 0;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw malformed(error.message);
  });
  parser.on('doctype', () => {
    throw malformed('a document type is not allowed');
  });
  parser.on('opentag', (tag) => {
    if (open.length > MAX_DEPTH) throw malformed(`elements are nested deeper than ${MAX_DEPTH}`);
    if (++elements > MAX_ELEMENTS) throw malformed(`it has more than ${MAX_ELEMENTS} elements`);
    const child: XmlElement = { name: tag.name.slice(tag.name.indexOf(':') + 1), children: [], text: '' };
    open.at(-1)!.children.push(child);
    open.push(child);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  const addText = (characters: string): void => {
    open.at(-1)!.text += characters;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  const root = document.children[0];
  if (root === undefined) throw malformed('it is empty');
  return root;
}

/** The document's root, which must have this name. */
export function parseXmlRoot(text: string, rootName: string): XmlElement {
  const root = parseXml(text);
  if (root.name !== rootName) throw malformed(`the root is ${root.name}, not ${rootName}`);
  return root;
}

/** The text of the first child of that name. */
export function childText(parent: XmlElement, name: string): string | undefined {
  return parent.children.find((child) => child.name === name)?.text;
}

export function requiredChildText(parent: XmlElement, name: string): string {
  const text = childText(parent, name);
  if (text === undefined) throw malformed(`${parent.name} has no ${name}`);
  return text;
}

export function malformed(reason: string): S3Error {
  return new S3Error(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema: ${reason}.`,
  );
}
