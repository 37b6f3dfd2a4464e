import { startChild } from "../processes/child.node.ts";
import type { ContractProcess } from "../processes/contract.ts";
import { loadContract } from "../processes/load.node.ts";
import { candidates } from "./servers.ts";

/**
 * Work: two endpoints, one validated GET and one validated POST, over HTTP/1.1 with 10 connections, by each library
 * that could carry the contracts. Baseline: node:http doing the same without validation. Unit: requests/s, as a ratio.
 */
const rounds = 5;

await compare();

async function compare(): Promise<void> {
  await using running = new AsyncDisposableStack();
  const urls = new Map<string, string>();
  for (const candidate of Object.keys(candidates)) {
    urls.set(candidate, await running.use(startChild<ContractProcess>("contract.ts")).ask("serve", candidate));
  }
  const results = new Map(
    [...urls.keys()].map((candidate) => [candidate, { get: [] as number[], post: [] as number[] }]),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const [candidate, url] of urls) {
      results.get(candidate)?.get.push(await loadContract(url, "GET"));
      results.get(candidate)?.post.push(await loadContract(url, "POST"));
    }
  }
  print(results);
}

function print(
  results: ReadonlyMap<string, { readonly get: readonly number[]; readonly post: readonly number[] }>,
): void {
  const bare = results.get("node:http") ?? { get: [], post: [] };
  process.stdout.write("| Candidate | GET/s | of node:http | POST/s | of node:http |\n|---|---|---|---|---|\n");
  for (const [candidate, { get, post }] of results) {
    const ratio = (a: readonly number[], b: readonly number[]): string => (median(a) / median(b)).toFixed(2);
    process.stdout.write(
      `| ${candidate} | ${median(get).toFixed(0)} | ${ratio(get, bare.get)} | ${median(post).toFixed(0)} | ${ratio(post, bare.post)} |\n`,
    );
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
