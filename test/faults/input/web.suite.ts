import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { services } from "@kerbside/proto/contract";
import { beforeAll, describe, expect, test } from "vitest";
import { rows } from "../authz/rows.ts";
import { codeOf, type Sent, send } from "../world/call.ts";
import { exchange, hold, statusesIn } from "../world/socket.ts";
import type { World } from "../world/world.ts";
import { countsOf, settled } from "./ledger.ts";

/** The host as a web server: what browsers are made to send, and what no browser would. */
export function webSuite(world: () => World): void {
  const endpoints = Object.entries(services).flatMap(([service, all]) =>
    Object.entries(all).map(([name, endpoint]) => ({ name, endpoint, row: rows[service]?.[name] })),
  );
  const writes = endpoints.filter(({ endpoint }) => endpoint.method !== "get" && isForPeople(endpoint));

  describe("a page of somebody else", () => {
    const aimed = new Map<string, Sent>();
    let before: Awaited<ReturnType<typeof countsOf>>;
    beforeAll(async () => {
      for (const { name, row } of writes) if (row) aimed.set(name, await row.aim(world()));
      before = await settled(world());
    });

    test.each([
      ["another site", { "sec-fetch-site": "cross-site" }],
      ["a sandboxed frame", { origin: "null" }],
      ["a browser that names no site", { origin: "http://127.0.0.1.evil.example" }],
      ["nobody that says so", {}],
    ])("can make a visitor's browser write nothing: %s", async (_who, headers) => {
      const { cookie = "" } = world().aspan.people.admin.session;
      const wrong: string[] = [];
      for (const { name, endpoint } of writes) {
        const answered = await send(world().platform.url, endpoint, aimed.get(name) ?? {}, { cookie, ...headers });
        if (codeOf(answered) !== "forbidden") wrong.push(`${name}: ${codeOf(answered)}`);
      }

      expect(writes.length).toBeGreaterThan(20);
      expect(wrong).toEqual([]);
    });

    test("wrote nothing", async () => {
      expect(await countsOf(world())).toEqual(before);
    });

    test("is not allowed to read either, nor to ask whether it may write", async () => {
      const headers = { ...world().aspan.people.admin.session, origin: "https://evil.example" };
      const preflight = { ...headers, "access-control-request-method": "POST" };
      const wrong: string[] = [];
      for (const path of ["/v1/session", "/v1/deliveries", "/v1/tracking", "/openapi.json", "/ops/", "/readyz"]) {
        const answers = [
          await fetch(`${world().platform.url}${path}`, { headers }),
          await fetch(`${world().platform.url}${path}`, { headers: preflight, method: "OPTIONS" }),
        ];
        for (const { headers: answered } of answers)
          for (const [name] of answered) if (name.startsWith("access-control-")) wrong.push(`${path}: ${name}`);
      }

      expect(wrong).toEqual([]);
    });
  });

  test("a method that an endpoint does not have is refused by every path, and told which it has", async () => {
    const paths = Map.groupBy(endpoints, ({ endpoint }) => endpoint.path);
    const { session } = world().aspan.people.admin;
    const wrong: string[] = [];
    for (const [path, all] of paths) {
      const allowed = all.map(({ endpoint }) => endpoint.method);
      const other = (["delete", "put", "patch", "post"] as const).find((method) => !allowed.includes(method));
      if (!other) continue;
      const params = Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, randomUUID()]));
      const override = { ...session, "x-http-method-override": "DELETE", "x-method-override": "DELETE" };
      const answered = await send(world().platform.url, { method: other, path }, { params }, override);
      const told = answered.headers.get("allow")?.toLowerCase().split(", ") ?? [];
      if (codeOf(answered) !== "method_not_allowed" || !allowed.every((method) => told.includes(method)))
        wrong.push(`${other} ${path}: ${codeOf(answered)}, allows ${told.join()}`);
    }

    expect(wrong).toEqual([]);
  });

  describe("a path", () => {
    const up = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "..;/", "%c0%ae%c0%ae/"];
    const targets = ["secret", "services/device/robot-tokens.pem"];
    const paths = [
      ...up.flatMap((step) => targets.map((target) => `/ops/${step.repeat(2)}${target}`)),
      ...targets.map((target) => `/ops/x/${"../".repeat(12)}..${target}`),
      "/ops//etc/passwd",
      "/ops/%2fetc%2fpasswd",
      "/ops/index.html%00.png",
      "/ops%00/",
      "/ops/%",
      "/ops/%ff%fe",
      "//etc/passwd",
      "http://evil.example/ops/../../secret",
      "*",
    ];

    test.each(paths)("%s leads to nothing but pages", async (path) => {
      const secret = await readFile(join(world().dataDir, "secret"), "utf8");
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

      const answer = await exchange(world().platform.url, request);

      expect(statusesIn(answer)).toEqual([expect.toSatisfy((status: number) => status < 500)]);
      expect(answer).not.toContain(secret.trim());
      expect(answer).not.toMatch(/PRIVATE KEY|root:/);
    });
  });

  describe("a connection", () => {
    const ask = (head: string, body = ""): string => `${head}\r\nHost: x\r\nConnection: close\r\n${body}`;
    const smuggled = "GET /v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const length = (name: string, value: string): string => `${name}: ${value}\r\n`;

    test.each([
      [
        "two lengths",
        ask("POST /v1/session HTTP/1.1", `${length("Content-Length", "0")}${length("Content-Length", "9")}\r\n`),
      ],
      [
        "a length and chunks",
        ask("POST /v1/session HTTP/1.1", `${length("Content-Length", "4")}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
      ],
      ["a coding nobody knows", ask("POST /v1/session HTTP/1.1", "Transfer-Encoding: xchunked\r\n\r\n")],
      ["a coding twice", ask("POST /v1/session HTTP/1.1", "Transfer-Encoding: chunked, identity\r\n\r\n")],
      ["a length below zero", ask("POST /v1/session HTTP/1.1", `${length("Content-Length", "-1")}\r\n`)],
      ["a length in words", ask("POST /v1/session HTTP/1.1", `${length("Content-Length", "1e3")}\r\n`)],
      ["a blank before the colon", ask("GET /livez HTTP/1.1", "Content-Length : 5\r\n\r\n")],
      ["a folded header", ask("GET /livez HTTP/1.1", "X-A: b\r\n c: d\r\n\r\n")],
      ["a NUL in a header", ask("GET /livez HTTP/1.1", "X-A: b\0c\r\n\r\n")],
      ["a hundred thousand characters of header", ask("GET /livez HTTP/1.1", `X-A: ${"a".repeat(100_000)}\r\n\r\n`)],
      ["ten thousand headers", ask("GET /livez HTTP/1.1", `${"X-A: b\r\n".repeat(10_000)}\r\n`)],
      ["an address of a hundred thousand characters", ask(`GET /${"a".repeat(100_000)} HTTP/1.1`, "\r\n")],
      ["another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
      ["another version", "GET /livez HTTP/9.9\r\nHost: x\r\n\r\n"],
      ["noise", Buffer.from("160301020001fc0303", "hex")],
    ])("with %s is refused, and what hides behind it is not read", async (_what, request) => {
      const answer = await exchange(world().platform.url, Buffer.concat([Buffer.from(request), Buffer.from(smuggled)]));

      expect(statusesIn(answer)).toEqual([expect.toSatisfy((status: number) => status >= 400 && status < 500)]);
      expect(await (await fetch(`${world().platform.url}/readyz`)).json()).toMatchObject({ ready: true });
    });

    test("that says nothing, or half of what it announced, keeps nobody else waiting", async () => {
      const half = ask("POST /v1/session HTTP/1.1", `Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{`);
      const held = Array.from({ length: 100 }, (_each, index) => hold(world().platform.url, index % 2 ? half : "POST"));

      const answer = await fetch(`${world().platform.url}/readyz`);

      expect(answer.status).toBe(200);
      for (const socket of held) socket.destroy();
    });
  });
}

function isForPeople({ access }: Endpoint): boolean {
  return access !== "public" && access.some((each) => each === "user" || each.startsWith("user:"));
}
