import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StaticApp, staticApps } from "./static.node.ts";

let folder: string;
let apps: readonly StaticApp[];
let serve: ReturnType<typeof staticApps>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-static-"));
  await mkdir(join(folder, "ops/assets"), { recursive: true });
  await mkdir(join(folder, "tracker"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "not yours");
  await writeFile(join(folder, "ops/index.html"), "<!doctype html><title>ops</title>");
  await writeFile(join(folder, "ops/assets/app-1a2b.js"), `console.log("${"x".repeat(4_000)}")`);
  await writeFile(join(folder, "tracker/index.html"), "<!doctype html><title>tracker</title>");
  apps = [
    { prefix: "/ops", folder: join(folder, "ops") },
    { prefix: "/t", folder: join(folder, "tracker") },
  ];
  serve = staticApps(apps, "http://127.0.0.1:4100");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function get(path: string, headers: Record<string, string> = {}): Promise<Response | null> {
  return serve(new Request(`http://host${path}`, { headers }));
}

describe("a built app", () => {
  test.each(["/ops", "/ops/", "/ops/robots/7", "/ops/index.html"])("answers %s with its page", async (path) => {
    const response = await get(path);

    expect(await response?.text()).toContain("<title>ops</title>");
    expect(response?.headers.get("cache-control")).toBe("no-cache");
    expect(response?.headers.get("content-security-policy")).toContain("default-src 'self'");
  });

  test("is framed by nobody, guessed at by no browser, and asked for by https alone where we have it", async () => {
    const overTls = staticApps(apps, "https://kerbside.example");

    const [plain, secure] = [await get("/ops/"), await overTls(new Request("https://kerbside.example/ops/"))];

    for (const page of [plain, secure]) {
      expect(page?.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(page?.headers.get("x-content-type-options")).toBe("nosniff");
      expect(page?.headers.get("referrer-policy")).toBe("same-origin");
    }
    expect(plain?.headers.get("strict-transport-security")).toBeNull();
    expect(secure?.headers.get("strict-transport-security")).toBe("max-age=31536000");
  });

  test("is chosen by its prefix as whole words", async () => {
    expect(await (await get("/t/abc"))?.text()).toContain("<title>tracker</title>");
    expect(await get("/tickets")).toBeNull();
  });

  test("is where the bare address leads, where it is the first of them", async () => {
    const response = await get("/");

    expect(response?.status).toBe(302);
    expect(response?.headers.get("location")).toBe("/ops/");
    expect(await staticApps([], "http://127.0.0.1:4100")(new Request("http://host/"))).toBeNull();
  });

  test("keeps what is named after its content for ever", async () => {
    const response = await get("/ops/assets/app-1a2b.js");

    expect(response?.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response?.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  });

  test("is sent small to whoever can unpack it", async () => {
    const response = await get("/ops/assets/app-1a2b.js", { "accept-encoding": "gzip, br" });

    expect(response?.headers.get("content-encoding")).toBe("gzip");
    expect((await response?.arrayBuffer())?.byteLength).toBeLessThan(500);
  });

  test("is not sent again to whoever has it", async () => {
    const first = await get("/ops/");

    const second = await get("/ops/", { "if-none-match": first?.headers.get("etag") ?? "" });

    expect(second?.status).toBe(304);
  });

  test("does not answer with its page for a file that is missing", async () => {
    expect(await get("/ops/assets/old-99.js")).toBeNull();
  });

  test.each(["/ops/../secret.txt", "/ops/%2e%2e/secret.txt", "/ops/..%2fsecret.txt", "/ops/%00", "/ops/%ff"])(
    "gives nothing from outside its folder: %s",
    async (path) => {
      const response = await get(path);

      expect((await response?.text()) ?? "").not.toContain("not yours");
    },
  );

  test("is changed by nobody", async () => {
    expect(await serve(new Request("http://host/ops/", { method: "POST" }))).toBeNull();
  });
});
