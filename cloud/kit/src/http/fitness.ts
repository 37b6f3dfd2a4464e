import type { FieldError } from "@kerbside/proto/base/fault";

/** Deeper than any contract of ours, and far from where a recursive reader would run out of stack. */
export const depthMax = 64;

/** Text that Postgres cannot hold: a NUL, or half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}

/** How many lists and objects lie within each other, at most. */
export function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charCodeAt(at);
    if (isText) {
      if (character === backslash) at += 1;
      else if (character === quote) isText = false;
    } else if (character === quote) isText = true;
    else if (character === openingBrace || character === openingBracket) deepest = Math.max(deepest, (depth += 1));
    else if (character === closingBrace || character === closingBracket) depth -= 1;
  }
  return deepest;
}

const [quote, backslash, openingBracket, closingBracket, openingBrace, closingBrace] = [34, 92, 91, 93, 123, 125];

/** Where a value that was read from this JSON holds text that cannot be stored. JSON has to escape all of it. */
export function unstorableIn(json: string, value: unknown): readonly FieldError[] {
  return /\\u(?:0000|d[89a-f])/i.test(json) ? unstorable(value, "").slice(0, 50) : [];
}

function unstorable(value: unknown, pointer: string): readonly FieldError[] {
  if (typeof value === "string") return isStorable(value) ? [] : [unstorableAt(pointer)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return isStorable(key) ? unstorable(inner, at) : [unstorableAt(pointer)];
  });
}

export function unstorableAt(pointer: string): FieldError {
  return { pointer, message: "contains a NUL character or half a surrogate pair" };
}
