/** Does the work for all, so many at a time, and answers in the order of the items. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  parallelMax: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += parallelMax) {
    results.push(...(await Promise.all(items.slice(first, first + parallelMax).map(work))));
  }
  return results;
}
