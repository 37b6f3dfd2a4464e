import type { Database } from "@kerbside/cloud-kit/service";
import type { KeptCommand } from "./commands.pg.ts";
import { type LifePorts, sweepCommands } from "./lives.pg.ts";

export interface SweeperPorts extends LifePorts {
  readonly db: Database;
  readonly onMoved: (moved: readonly KeptCommand[]) => void;
  readonly onProblem: (problem: unknown) => void;
}

const everyMs = 1_000;
const groupMax = 200;

/** Ends commands of which nobody hears any more. Any number of workers may do it side by side. */
export async function runSweeper(ports: SweeperPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ports.clock.sleep(everyMs, signal).catch(() => undefined);
    if (!signal.aborted) await sweepDue(ports).catch(ports.onProblem);
  }
}

export async function sweepDue(ports: SweeperPorts): Promise<void> {
  for (let groups = 0; groups < 100; groups += 1) {
    const swept = await ports.db.transaction((tx) => sweepCommands(tx, groupMax, ports));
    ports.onMoved(swept);
    if (swept.length < groupMax) return;
  }
}
