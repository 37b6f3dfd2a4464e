import { html, raw } from "hono/html";
import type { AgentStatus } from "../status.ts";

type Html = ReturnType<typeof html>;
type Row = readonly [what: string, value: string];

/** One page without scripts: readable on a phone in the sun, reloads itself every five seconds. */
export function page(status: AgentStatus, hasKeypad: boolean): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="5" />
        <title>${status.name} – diagnostics</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${status.name}</h1>
          <p>${headline(status)}</p>
          ${section("Lid", lidRows(status))} ${section("Work", workRows(status))} ${section("Cloud", cloudRows(status))}
          ${section("Body", bodyRows(status))} ${section("Program", programRows(status))}
          <section>
            <h2>Last troubles</h2>
            ${troubles(status)}
          </section>
          ${hasKeypad ? keypad : ""}
        </main>
      </body>
    </html>`;
}

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  main { max-width: 44rem; margin: 0 auto; padding: 1rem; }
  h1 { margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; }
  dl { display: grid; grid-template-columns: minmax(8rem, 1fr) 2fr; gap: .25rem 1rem; margin: 0; }
  dt { opacity: .8; } dd { margin: 0; overflow-wrap: anywhere; }
  input, button { font: inherit; padding: .5rem 1rem; min-height: 44px; }
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

function lidRows({ lid }: AgentStatus): readonly Row[] {
  const { position, latch, goods, faults } = lid.reading;
  return [
    ["State", lid.at.replaceAll("_", " ")],
    ["Sensed", `${position}, latch ${latch}, goods ${goods}`],
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

function cloudRows({ isLinked, streams, mirror, trustedMs, wallMs, isTimeSuspect }: AgentStatus): readonly Row[] {
  const waiting = [...streams].map(([stream, { head, acked, halted, isDegraded }]): Row => {
    const trouble = halted ?? (isDegraded ? "not draining" : "");
    return [`Stream ${stream}`, `${head - acked} waiting of ${head} ${trouble}`.trim()];
  });
  return [
    ["Broker", isLinked ? "connected" : "not connected"],
    ...waiting,
    ["Mirror", `${mirror.rows} rows at ${mirror.offset ?? "the beginning"}`],
    ["Time", `${new Date(trustedMs).toISOString()}${isTimeSuspect ? ", suspect" : ""}`],
    ["Clock", new Date(wallMs).toISOString()],
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
      return html`<li>${new Date(atMs).toISOString()} ${type} ${JSON.stringify(rest)}${times > 1 ? ` (${times} times)` : ""}</li>`;
    })}
  </ul>`;
}
