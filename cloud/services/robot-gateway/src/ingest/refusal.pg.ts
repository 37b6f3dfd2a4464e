/** The SQLSTATE of what the driver threw, however deep drizzle has wrapped it; null when Postgres never answered. */
function sqlState(problem: unknown): string | null {
  if (!(problem instanceof Error)) return null;
  if ("code" in problem && typeof problem.code === "string" && /^[0-9A-Z]{5}$/.test(problem.code)) return problem.code;
  return sqlState(problem.cause);
}

/** Postgres cannot hold these values (class 22) or a constraint forbids them (class 23): trying again cannot help. */
export function isRefusedData(problem: unknown): boolean {
  return /^2[23]/.test(sqlState(problem) ?? "");
}

/** Somebody else was faster (class 40): trying again helps. */
export function isConflict(problem: unknown): boolean {
  return (sqlState(problem) ?? "").startsWith("40");
}

/** What Postgres said, without the statement and its values. */
export function wordsOf(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem);
  return problem.cause instanceof Error ? wordsOf(problem.cause) : problem.message;
}
