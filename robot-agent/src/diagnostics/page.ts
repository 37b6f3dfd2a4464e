import { html, raw } from "hono/html";
import type { AgentStatus } from "../status.ts";

type Html = ReturnType<typeof html>;
type Row = readonly [what: string, value: string];

/**
 * What a field tech reads off a robot on a phone in the sun. It keeps itself up to date where scripts run, says so when
 * the robot no longer answers, and never touches what somebody is typing.
 */
export function page(status: AgentStatus, hasKeypad: boolean): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${status.name} – diagnostics</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${status.name}</h1>
          <p id="silence" role="status"></p>
          <div id="live">
            <p class="headline">${headline(status)}</p>
            <p class="as-of">As of ${at(status.trustedMs)}</p>
            <a href="/">Look again</a>
            ${section("Lid", lidRows(status))} ${section("Work", workRows(status))}
            ${section("Cloud", cloudRows(status))} ${section("Body", bodyRows(status))}
            ${section("Program", programRows(status))}
            <section>
              <h2>Last troubles</h2>
              ${troubles(status)}
            </section>
          </div>
          ${hasKeypad ? keypad : ""}
        </main>
        <script src="/live.js"></script>
      </body>
    </html>`;
}

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  main { max-width: 44rem; margin: 0 auto; padding: 1rem; }
  h1 { margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; }
  dl { display: grid; grid-template-columns: minmax(8rem, 1fr) 2fr; gap: .25rem 1rem; margin: 0; }
  dd { margin: 0; } dd, li, p { overflow-wrap: anywhere; }
  ul { margin: 0; padding-left: 1.25rem; }
  .headline, #silence:not(:empty) { font-weight: 600; border-left: .4rem solid; padding: .25rem .75rem; }
  a { display: inline-block; padding: .75rem 0; color: inherit; }
  input, button { font: inherit; padding: .5rem 1rem; min-height: 44px; box-sizing: border-box; max-width: 100%; }
`;

const keypad = html`<section>
  <h2>Keypad</h2>
  <form method="post" action="/keypad">
    <label>Code <input name="code" inputmode="numeric" pattern="[0-9]{4,8}" autocomplete="off" required /></label>
    <button>Enter</button>
  </form>
</section>`;

/** The state in one sentence, the most urgent first. */
function headline(status: AgentStatus): string {
  if (status.journalFault !== null)
    return `The journal cannot be written, so the lid stays shut: ${status.journalFault}`;
  if (!status.isReady) return "Starting: the lid has not been read yet.";
  if (status.lid.flags.length > 0) return `The lid needs a look: ${status.lid.flags.join(", ")}.`;
  const where = status.mission
    ? `, ${status.mission.at === "driving" ? "driving to" : "waiting at"} ${status.mission.stop}`
    : "";
  return `${status.operationalState}${where}. ${status.isLinked ? "Connected." : "Not connected to the cloud."}`;
}

function section(title: string, rows: readonly Row[]): Html {
  return html`<section>
    <h2>${title}</h2>
    <dl>
      ${rows.map(
        ([what, value]) =>
          html`<dt>${what}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </section>`;
}

function lidRows({ lid, monotonicMs }: AgentStatus): readonly Row[] {
  const { position, latch, goods, faults } = lid.reading;
  return [
    ["State", lid.at.replaceAll("_", " ")],
    ["Sensed", `${position}, latch ${latch}, goods ${goods}${lid.reading.isSettled ? "" : ", moving"}`],
    ["Last read", ago(monotonicMs - lid.reading.atMs)],
    ["Faults", [...faults, ...lid.flags].join(", ") || "none"],
    ["Opened for", lid.purpose ?? "nothing"],
  ];
}

function workRows({ mission, custody, operationalState, controlMode, motion }: AgentStatus): readonly Row[] {
  return [
    ["State", `${operationalState}, ${controlMode}`],
    ["Motion", motion],
    ["Mission", mission ? `${mission.missionId}, ${mission.at} ${mission.stop}` : "none"],
    ["Delivery", mission?.deliveryId ?? "none"],
    ["Goods held by", custody ? `${custody.holder} (${custody.deliveryId})` : "nobody has loaded anything"],
  ];
}

function cloudRows(status: AgentStatus): readonly Row[] {
  const { isLinked, streams, mirror, monotonicMs, trustedMs, wallMs, isTimeSuspect } = status;
  const waiting = [...streams].map(([stream, { head, acked, halted, isDegraded }]): Row => {
    const trouble = halted ?? (isDegraded ? "not draining" : "");
    return [`Stream ${stream}`, `${head - acked} waiting of ${head} ${trouble}`.trim()];
  });
  return [
    ["Broker (MQTT)", isLinked ? "connected" : "not connected"],
    ...waiting,
    ["Mirror (HTTP)", `${mirror.rows} rows, ${upToDate(mirror.upToDateAtMs, monotonicMs)}`],
    ["Time", `${at(trustedMs)}${isTimeSuspect ? ", suspect" : ""}`],
    ["Clock", at(wallMs)],
  ];
}

function bodyRows({ body }: AgentStatus): readonly Row[] {
  const { fix, battery, chain, drive } = body;
  const stops = [chain.isPressed && "button in", chain.isLifted && "lifted", chain.isTippedOver && "tipped over"];
  return [
    [
      "Position",
      fix ? `${fix.place.lat.toFixed(6)}, ${fix.place.lng.toFixed(6)} ±${fix.accuracyM.toFixed(1)} m` : "no fix",
    ],
    ["Speed", `${drive.speedMps.toFixed(2)} m/s`],
    ["Battery", `${battery.pct.toFixed(1)} %${battery.isCharging ? ", charging" : ""}`],
    ["E-stop", chain.isEngaged ? stops.filter(Boolean).join(", ") || "engaged" : "released"],
  ];
}

function programRows({ robotId, bootId, software, uptimeMs }: AgentStatus): readonly Row[] {
  return [
    ["Robot", robotId],
    ["Software", software],
    ["Running for", `${Math.floor(uptimeMs / 60_000)} min ${Math.floor(uptimeMs / 1_000) % 60} s`],
    ["Boot", bootId],
  ];
}

function troubles({ problems }: AgentStatus): Html {
  if (problems.length === 0) return html`<p>None since the start.</p>`;
  return html`<ul>
    ${problems.toReversed().map(({ atMs, happening, times }) => {
      const { type, ...rest } = happening;
      const count = times > 1 ? ` (${times} times)` : "";
      return html`<li>${at(atMs)} ${type.replaceAll("_", " ")}${count}${details(rest)}</li>`;
    })}
  </ul>`;
}

function details(fields: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(fields).map(([name, value]) => {
    return `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
  return said.length > 0 ? `: ${said.join(", ")}` : "";
}

function at(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function ago(ms: number): string {
  return ms < 1_000 ? "now" : `${Math.floor(ms / 1_000)} s ago`;
}

/** An open request without news is no age: the server answers it within 20 s. */
function upToDate(atMs: number | null, nowMs: number): string {
  return atMs === null ? "not up to date since the start" : `up to date ${ago(nowMs - atMs)}`;
}
