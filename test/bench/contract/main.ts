import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { candidates, serve } from "./servers.ts";

/**
 * Work: two endpoints, one validated GET and one validated POST, over HTTP/1.1 with 10 connections, by each library
 * that could carry the contracts. Baseline: node:http doing the same without validation. Unit: requests/s, as a ratio.
 */
const rounds = 5;
const seconds = 2;
const [role, name] = process.argv.slice(2);

if (role === "serve" && name !== undefined) serve(name);
else await compare();

async function compare(): Promise<void> {
  const servers = new Map<string, { readonly child: ChildProcess; readonly port: number }>();
  try {
    for (const candidate of Object.keys(candidates)) servers.set(candidate, await start(candidate));
    const results = new Map<string, { readonly get: number[]; readonly post: number[] }>();
    for (const candidate of servers.keys()) results.set(candidate, { get: [], post: [] });
    for (let round = 0; round < rounds; round += 1) {
      for (const [candidate, { port }] of servers) {
        results.get(candidate)?.get.push(await load(port, "GET"));
        results.get(candidate)?.post.push(await load(port, "POST"));
      }
    }
    print(results);
  } finally {
    for (const { child } of servers.values()) child.kill();
  }
}

async function start(candidate: string): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = fork(fileURLToPath(import.meta.url), ["serve", candidate]);
  const [address] = await once(child, "message");
  return { child, port: Number(Reflect.get(Object(address), "port")) };
}

async function load(port: number, method: "GET" | "POST"): Promise<number> {
  const id = "019a0000-0000-7000-8000-000000000001";
  const body = JSON.stringify({
    external_id: id,
    dropoff: { lat: 51.1, lng: 71.4 },
    items: [{ name: "soup", quantity: 2 }],
  });
  const base = `http://127.0.0.1:${port}/v1/deliveries`;
  const request =
    method === "GET"
      ? { url: `${base}/${id}` }
      : { url: base, method, body, headers: { "content-type": "application/json" } };
  const result = await autocannon({ ...request, connections: 10, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${method} on ${port}: ${result.non2xx} refusals, ${result.errors} errors`);
  return result.requests.average;
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
