/** Columns padded to their widest cell, two spaces between; numbers go to the right. The first row is the head. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(String(cell)));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => pad(String(cell), widths[column]!, isNumeric(rows, column)))
      .join('  ')
      .trimEnd(),
  );
}

function isNumeric(rows: readonly (readonly (string | number)[])[], column: number): boolean {
  return rows.length > 1 && rows.slice(1).every((row) => typeof row[column] === 'number');
}

function pad(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(width - textWidth(text));
  return right ? blanks + text : text + blanks;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /\p{Mark}|\u200b|\u200d/u;

/** Columns that a text takes on a terminal: East Asian characters take two, combining marks none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Shortened at the front to at most `width` columns: the end of a path tells more than its beginning. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  const characters = [...text];
  let kept = '';
  while (characters.length > 0 && textWidth(characters.at(-1)! + kept) < width)
    kept = characters.pop()! + kept;
  return `…${kept}`;
}

/** Names come from elsewhere: control characters would let them move the cursor or colour the screen. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
