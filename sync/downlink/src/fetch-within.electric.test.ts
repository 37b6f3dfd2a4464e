import { createServer, type ServerResponse } from "node:http";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchWithin } from "./fetch-within.electric.ts";

const silenceMs = 250;
const patience = { clock: systemClock, silenceMs };
/** Answers in pieces, with a pause before each. */
const server = createServer((request, response) => void answer(request.url ?? "", response));
let url: URL;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function answer(path: string, response: ServerResponse): Promise<void> {
  if (path === "/silent") return;
  response.writeHead(200).flushHeaders();
  const pieces = path === "/stuck" ? 1 : 6;
  for (let piece = 0; piece < pieces; piece += 1) {
    await systemClock.sleep(silenceMs * 0.4);
    response.write(String(piece));
  }
  if (path !== "/stuck") response.end();
}

test("an answer that flows may take longer than the longest silence", async () => {
  const startMs = performance.now();
  const response = await fetchWithin(patience, new URL("/flowing", url), {});

  expect(await response.text()).toBe("012345");
  expect(performance.now() - startMs).toBeGreaterThan(silenceMs * 2);
});

test.each(["/silent", "/stuck"])("%s is given up", async (path) => {
  const read = async (): Promise<string> => (await fetchWithin(patience, new URL(path, url), {})).text();

  await expect(read()).rejects.toThrow(`nothing came for ${silenceMs} ms`);
});

test("whoever asked may leave", async () => {
  const leaving = new AbortController();
  const asking = fetchWithin(patience, new URL("/silent", url), { signal: leaving.signal });

  leaving.abort(new Error("never mind"));

  await expect(asking).rejects.toThrow("never mind");
});
