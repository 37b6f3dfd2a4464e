import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Line } from "./line.ts";
import { openLine } from "./open-line.ts";

let server: Server;
let sockets: Socket[];
let heard: string[];
let line: Line;

beforeEach(async () => {
  sockets = [];
  heard = [];
  server = createServer((socket) => {
    sockets.push(socket.on("error", () => undefined));
    socket.on("data", (bytes) => socket.write(`echo ${bytes.toString()}`));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  line = openLine(
    { path: `tcp:127.0.0.1:${port}`, baudRate: 9_600, clock: systemClock },
    {
      opened: () => void heard.push("opened"),
      received: (bytes) => void heard.push(Buffer.from(bytes).toString()),
      closed: () => void heard.push("closed"),
    },
  );
});
afterEach(async () => {
  await line[Symbol.asyncDispose]();
  for (const socket of sockets) socket.destroy();
  server.close();
});

const until = (count: number) =>
  vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(count), { timeout: 5_000 });

test("bytes go both ways", async () => {
  await until(1);

  line.write(Buffer.from("a"));
  await until(2);

  expect(heard).toEqual(["opened", "echo a"]);
});

test("a line that breaks, or is opened anew, comes back by itself", async () => {
  await until(1);

  sockets[0]?.destroy();
  await until(3);
  line.reopen();
  await until(5);

  expect(heard).toEqual(["opened", "closed", "opened", "closed", "opened"]);
});
