import { unreachable } from "@kerbside/hardware/lid/lid";
import { describe, expect, test } from "vitest";
import type { AgentStatus } from "../status.ts";
import { diagnosticsApp } from "./diagnostics.ts";

const status: AgentStatus = {
  robotId: "01890a5d-ac96-774b-bcce-b302099a8057",
  name: "Alma",
  bootId: "01890a5d-ac96-774b-bcce-00000000b001",
  software: "test",
  uptimeMs: 61_000,
  monotonicMs: 70_000,
  trustedMs: Date.UTC(2026, 0, 5, 9),
  wallMs: Date.UTC(2026, 0, 5, 9),
  isTimeSuspect: false,
  isReady: true,
  operationalState: "idle",
  controlMode: "AUTOMATIC",
  motion: "stopped",
  journalFault: null,
  lid: { at: "unknown", flags: ["comms_lost"], purpose: null, reading: unreachable(58_000) },
  body: {
    lid: null,
    fix: null,
    battery: { pct: 71.26, isCharging: false },
    chain: { isEngaged: true, isPressed: true, isLifted: false, isTippedOver: false },
    drive: { isMoving: false, speedMps: 0, arrivedOrder: null },
  },
  mission: null,
  custody: null,
  isLinked: false,
  streams: new Map([["p0", { epoch: 1, head: 12, acked: 9, rttMs: null, loss: 0, isDegraded: false, halted: null }]]),
  mirror: { upToDateAtMs: 40_000, rows: 3, offset: "1_0" },
  problems: [
    { atMs: Date.UTC(2026, 0, 5, 8, 59), happening: { type: "link_problem", message: "<b>no</b> route" }, times: 4 },
  ],
};

function appOf(keypad: { type(code: string): void } | null) {
  return diagnosticsApp({ status: () => status, keypad: () => keypad });
}

describe("the page", () => {
  const read = async (): Promise<string> => (await appOf(null).request("/")).text();

  test("says first what is wrong, and how old each word is", async () => {
    const page = await read();

    expect(page).toContain('<p class="headline">The lid needs a look: comms_lost.</p>');
    expect(page).toMatch(/Last read<\/dt>\s*<dd>12 s ago/);
    expect(page).toMatch(/Mirror \(HTTP\)<\/dt>\s*<dd>3 rows, up to date 30 s ago/);
    expect(page).toMatch(/Stream p0<\/dt>\s*<dd>3 waiting of 12/);
    expect(page).toMatch(/E-stop<\/dt>\s*<dd>button in/);
  });

  test("tells troubles in words, and what others wrote in them is text", async () => {
    expect(await read()).toContain(
      "2026-01-05 08:59:00 UTC link problem (4 times): message &lt;b&gt;no&lt;/b&gt; route",
    );
  });

  test("keeps itself up to date by its own script, never by loading anew under somebody's fingers", async () => {
    const page = await read();
    const script = await appOf(null).request("/live.js");

    expect(page).not.toContain("http-equiv");
    expect(page).toContain('<script src="/live.js"></script>');
    expect([script.status, script.headers.get("content-type")]).toEqual([200, "text/javascript"]);
  });

  test("takes no script, frame or answer from elsewhere", async () => {
    const answer = await appOf(null).request("/");

    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});

describe("the keypad", () => {
  const press = (body: string, keypad: Parameters<typeof appOf>[0]) =>
    appOf(keypad).request("/keypad", { method: "POST", body });

  test("of a simulated body takes codes, as a form or as JSON", async () => {
    const typed: string[] = [];
    const keypad = { type: (code: string) => void typed.push(code) };

    const statuses = [
      await press("code=123456", keypad),
      await press('{"code":"4321"}', keypad),
      await press("code=12;34", keypad),
      await press("{", keypad),
    ].map((answer) => answer.status);

    expect(statuses).toEqual([303, 303, 400, 400]);
    expect(typed).toEqual(["123456", "4321"]);
  });

  test("of a real one is on the robot and nowhere else", async () => {
    const page = await (await appOf(null).request("/")).text();

    expect((await press("code=123456", null)).status).toBe(404);
    expect(page).not.toContain("Keypad");
  });
});
