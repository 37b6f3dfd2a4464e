/** One part of an installation: what it uses, and what is wrong with that, with what to do; null where nothing is. */
export interface Finding {
  readonly part: string;
  readonly uses: string;
  readonly problem: string | null;
}

/** What the terminal shows. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length));
  const lines = findings.map(({ part, uses, problem }) =>
    problem === null ? `ok    ${part.padEnd(width)}  ${uses}` : `FAIL  ${part.padEnd(width)}  ${uses}: ${problem}`,
  );
  return `${lines.join("\n")}\n`;
}
