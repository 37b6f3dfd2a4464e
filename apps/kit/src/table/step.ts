export interface Standing {
  /** Where the mark is; -1 where nothing is marked. */
  readonly at: number;
  readonly count: number;
  /** How many rows a page has. */
  readonly page: number;
}

/** Where a key moves the mark of a list; null for keys that do not move it. */
export function stepTo(key: string, { at, count, page }: Standing): number | null {
  const within = (index: number): number => Math.max(0, Math.min(count - 1, index));
  switch (key) {
    case "ArrowDown":
    case "j":
      return within(at + 1);
    case "ArrowUp":
    case "k":
      return within(at - 1);
    case "PageDown":
      return within(at + page);
    case "PageUp":
      return within(at - page);
    case "Home":
      return 0;
    case "End":
      return within(count - 1);
    default:
      return null;
  }
}
