import type { PgRelay } from "@kerbside/cloud-kit/events/relay.pg";
import { keepTidy } from "@kerbside/cloud-kit/housekeeping.pg";
import type { RunningService } from "@kerbside/cloud-kit/run.pg";
import type { Background } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Logger } from "pino";

const againMs = { first: 1_000, max: 30_000 } as const;

export interface WorkParts {
  readonly running: readonly RunningService[];
  readonly relay: PgRelay;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Starts all that goes on beside requests: relay, consumers, background work, tidying. Disposing ends and awaits it. */
export function startWork({ running, relay, clock, log }: WorkParts): AsyncDisposable {
  const over = new AbortController();
  const { signal } = over;
  const jobs: readonly Background[] = [
    { name: "relay", run: () => relay.run(signal) },
    { name: "tidy", run: () => keepTidy(running, clock, signal) },
    ...running.flatMap(({ service, inbox, wired }) => [
      { name: `${service.name}/consumers`, run: () => inbox.work(signal) },
      ...(wired.background ?? []).map(({ name, run }) => ({ name: `${service.name}/${name}`, run })),
    ]),
  ];
  const done = Promise.all(jobs.map((job) => keepRunning(job, { clock, log, signal })));
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await done;
    },
  };
}

interface Keeping {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Work that fails is begun again after a pause; `error` in the log says that somebody should look. */
async function keepRunning({ name, run }: Background, { clock, log, signal }: Keeping): Promise<void> {
  for (let pauseMs: number = againMs.first; !signal.aborted; pauseMs = Math.min(againMs.max, pauseMs * 2)) {
    try {
      await run(signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      log.error({ job: name, err: error }, `${name} failed and begins again in ${pauseMs} ms`);
    }
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}
