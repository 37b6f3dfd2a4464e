import { encodeHeartbeats } from "@kerbside/proto/heartbeat/codec";
import { cityTrace } from "@kerbside/proto/heartbeat/trace.sim";
import { BenchRobot } from "./bench-robot.ts";
import { answerParent } from "./child.node.ts";
import type { Run } from "./heartbeat-stream.ts";

/** Robots, away from the process that is measured. */
const running = new AsyncDisposableStack();
const robots: BenchRobot[] = [];
const samplesARun = 60;
const runs = traceRuns();
let beating: NodeJS.Timeout | null = null;
/** Of all robots together. */
let runsMade = 0;

const answers = {
  /** Claims a robot for each code and connects it; answers their ids. */
  async enrol(asked: { readonly claims: readonly string[]; readonly url: string; readonly mqttUrl: string }) {
    for (const claim of asked.claims) robots.push(running.use(await BenchRobot.enrol(claim, asked)));
    return robots.map(({ id }) => id);
  },

  /** From now on every robot does what it is ordered to. */
  obey(): void {
    for (const robot of robots) robot.obey();
  },

  /** Every robot sends so many runs of heartbeats as fast as they are acknowledged; answers the seconds it took. */
  async flood(runsEach: number): Promise<number> {
    const loads = robots.map(({ heartbeats }) => ({ heartbeats, messages: heartbeats.pack(nextRuns(runsEach)) }));
    const startMs = performance.now();
    await Promise.all(loads.map(({ heartbeats, messages }) => heartbeats.flood(messages)));
    return (performance.now() - startMs) / 1_000;
  },

  /** The robots send so many heartbeats a second, taking turns, until told otherwise. */
  beat(perSecond: number): void {
    const everyMs = (1_000 * samplesARun) / perSecond;
    const startMs = performance.now();
    let sent = 0;
    beating = setInterval(() => {
      for (; sent * everyMs < performance.now() - startMs; sent += 1) {
        const stream = robots[sent % robots.length]?.heartbeats;
        for (const message of stream?.pack(nextRuns(1)) ?? []) stream?.send(message);
      }
    }, 2);
  },

  rest(): void {
    if (beating) clearInterval(beating);
    beating = null;
  },
};
export type RobotsProcess = typeof answers;

answerParent(answers, running);

/** An hour of the same trace over and over, each hour later than the one before. */
function nextRuns(count: number): readonly Run[] {
  return Array.from({ length: count }, () => {
    const run = runs[runsMade % runs.length];
    runsMade += 1;
    if (!run) throw new Error("the trace is empty");
    return run;
  });
}

function traceRuns(): readonly Run[] {
  const samples = cityTrace({ seed: 1, samples: 60 * samplesARun });
  return Array.from({ length: samples.length / samplesARun }, (_, index) => {
    const run = samples.slice(index * samplesARun, (index + 1) * samplesARun);
    const [fromMs, toMs] = [run[0]?.atMs ?? 0, run.at(-1)?.atMs ?? 0];
    return { fromMs, toMs, samples: run.length, data: encodeHeartbeats(run) };
  });
}
