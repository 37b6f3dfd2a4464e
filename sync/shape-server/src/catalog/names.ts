/** A table as a request names it: unquoted parts fold to lower case, the schema defaults to `public`. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const nameBytesMax = 63;
const part = /^(?:"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))/;

/** Null when the text is no `name` or `schema.name`. */
export function parseTableName(text: string): TableName | null {
  const parts = splitNames(text, ".");
  if (!parts) return null;
  const [first, second] = parts;
  if (first === undefined || parts.length > 2) return null;
  return second === undefined ? { schema: "public", name: first } : { schema: first, name: second };
}

/** A comma list of column names; null when it is none. */
export function parseColumnNames(text: string): readonly string[] | null {
  return splitNames(text, ",");
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return text.includes("\\") ? ` E'${escapeQuotes(text).replaceAll("\\", "\\\\")}'` : `'${escapeQuotes(text)}'`;
}

export function quoteTable({ schema, name }: TableName): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

function escapeQuotes(text: string): string {
  return text.replaceAll("'", "''");
}

function splitNames(text: string, separator: string): readonly string[] | null {
  const names: string[] = [];
  let rest = text.trim();
  for (;;) {
    const match = part.exec(rest);
    if (!match) return null;
    const name = match[1]?.replaceAll('""', '"') ?? match[2]?.toLowerCase() ?? "";
    if (Buffer.byteLength(name) > nameBytesMax) return null;
    names.push(name);
    rest = rest.slice(match[0].length).trimStart();
    if (rest === "") return names;
    if (!rest.startsWith(separator)) return null;
    rest = rest.slice(1).trimStart();
  }
}
