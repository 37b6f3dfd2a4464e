/** Why something failed, on one line. A name with several addresses fails with a list of reasons and no words of its own. */
export function reasonOf(problem: unknown): string {
  if (problem instanceof AggregateError && problem.message === "") return problem.errors.map(reasonOf).join(", ");
  const words = problem instanceof Error ? problem.message : String(problem);
  return words.replaceAll(/\s*\n\s*/g, " ");
}
