import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.ts";

/** A fenced block of a page. */
export interface Block {
  /** What stands behind the opening fence; empty where nothing does. */
  readonly language: string;
  readonly text: string;
  /** Whether nothing stands between this block and the one before. */
  readonly follows: boolean;
}

export function readPage(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export function blocksIn(page: string): readonly Block[] {
  let endsAt = -1;
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => {
    const [whole, language = "", text = ""] = match;
    const follows = endsAt >= 0 && page.slice(endsAt, match.index).trim() === "";
    endsAt = match.index + whole.length;
    return { language, text, follows };
  });
}
