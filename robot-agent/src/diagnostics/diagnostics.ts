import { Hono } from "hono";
import type { MemoryKeypad } from "../keypad.ts";
import type { AgentStatus } from "../status.ts";
import { liveScript } from "./live.browser.ts";
import { page } from "./page.ts";

export interface DiagnosticsOptions {
  readonly status: () => AgentStatus;
  /** The keypad of a robot whose body is simulated; null on a real one, whose keys are on the robot. */
  readonly keypad: () => Pick<MemoryKeypad, "type"> | null;
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** What a field tech reads off a robot: it shows everything and changes nothing. */
export function diagnosticsApp({ status, keypad }: DiagnosticsOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
    context.header("content-security-policy", policy);
  });
  app.get("/", (context) => context.html(page(status(), keypad() !== null)));
  app.get("/live.js", (context) => context.body(liveScript, 200, { "content-type": "text/javascript" }));
  app.get("/status", (context) => context.json(plain(status())));
  app.get("/livez", (context) => context.text("ok"));
  app.post("/keypad", async (context) => {
    const keys = keypad();
    if (!keys) return context.notFound();
    const code = codeOf(await context.req.text());
    if (code === null) return context.json({ title: "a code is 4 to 8 digits, sent as code=123456", status: 400 }, 400);
    keys.type(code);
    return context.redirect("/", 303);
  });
  return app;
}

/** The status as JSON: maps become objects. */
function plain(status: AgentStatus): Readonly<Record<string, unknown>> {
  return { ...status, streams: Object.fromEntries(status.streams) };
}

/** A form or JSON; nothing else types codes. */
function codeOf(body: string): string | null {
  const code = body.startsWith("{") ? jsonCode(body) : new URLSearchParams(body.slice(0, 200)).get("code");
  return code !== null && /^\d{4,8}$/.test(code) ? code : null;
}

function jsonCode(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body.slice(0, 200));
    return typeof value === "object" && value && "code" in value && typeof value.code === "string" ? value.code : null;
  } catch {
    return null;
  }
}
