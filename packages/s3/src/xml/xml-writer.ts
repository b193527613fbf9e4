export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const NEEDS_ESCAPE = /[&<>"\ufffe\uffff]|(?![\t\n])\p{Cc}/u;
const ESCAPED = new RegExp(NEEDS_ESCAPE, 'gu');
const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/**
 * Text for an element. Control characters, which XML 1.0 cannot carry, become numeric references as AWS writes them: clients that
 * meet such keys ask for `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  return text.replace(
    ESCAPED,
    (character) => NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

/** `<name>text</name>`, the text escaped. */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${typeof text === 'string' ? escapeXml(text) : text}</${name}>`;
}

/** The element, or nothing when there is no value. */
export function maybeElement(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : element(name, text);
}

/** `<name>children</name>`: `children` is markup already. */
export function parent(name: string, children: string): string {
  return `<${name}>${children}</${name}>`;
}

export function xmlDocument(markup: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${markup}`;
}

/** A whole document whose root is in S3's name space. */
export function s3Document(rootName: string, children: string): string {
  return xmlDocument(`<${rootName} xmlns="${S3_NAMESPACE}">${children}</${rootName}>`);
}
