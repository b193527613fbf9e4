export interface SubName {
  /** A parameter, a resource, `Resource.Attribute` or a variable of the call. */
  readonly name: string;
}

/** The text of `Fn::Sub` in pieces; `${!Literal}` stays as `${Literal}`. */
export function parseSub(text: string): (string | SubName)[] {
  const parts: (string | SubName)[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    parts.push(text.slice(end, match.index));
    const inside = match[1]!;
    parts.push(inside.startsWith('!') ? `\${${inside.slice(1)}}` : { name: inside.trim() });
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== '');
}
