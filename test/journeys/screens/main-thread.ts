import type { Page } from "@playwright/test";

/** What kept a page's main thread, in milliseconds a task. Tasks below one millisecond keep nobody waiting. */
export interface MainThread {
  readonly tasks: number;
  /** By the wall clock: includes waiting for the processor and for software that stands in for a graphics card. */
  readonly wall: Spread;
  /** By the thread's own time: what the page's own work takes. */
  readonly cpu: Spread;
}

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const worthMs = 1;

/** Watches the main thread of the page while the work goes on, as the browser's own tracing sees it. */
export async function watchMainThread(page: Page, work: () => Promise<void>): Promise<MainThread> {
  const client = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  client.on("Tracing.dataCollected", ({ value }: { readonly value: readonly unknown[] }) =>
    events.push(...value.filter(isTraceEvent)),
  );
  await client.send("Tracing.start", { transferMode: "ReportEvents", categories: "toplevel" });
  await work();
  const isComplete = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
  await client.send("Tracing.end");
  await isComplete;
  await client.detach();
  return read(events);
}

function read(events: readonly TraceEvent[]): MainThread {
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const mains = new Set(
    events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(threadOf),
  );
  const tasks = events.filter(
    (event) => event.ph === "X" && event.name.endsWith("RunTask") && mains.has(threadOf(event)),
  );
  const worth = tasks.filter(({ dur = 0 }) => dur >= worthMs * 1_000);
  return {
    tasks: worth.length,
    wall: spreadOf(worth.map(({ dur = 0 }) => dur / 1_000)),
    cpu: spreadOf(worth.map(({ tdur = 0 }) => tdur / 1_000)),
  };
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

function isTraceEvent(candidate: unknown): candidate is TraceEvent {
  return typeof candidate === "object" && candidate !== null && "name" in candidate && "pid" in candidate;
}
