import type { Logger, Registry } from "@kerbside/cloud-kit/service";
import { Counter, Histogram } from "prom-client";
import { hasEnded } from "./commands/command.ts";
import type { KeptCommand } from "./commands/commands.pg.ts";
import type { Committed } from "./ingest/commit.pg.ts";
import type { IngestHappenings } from "./ingest/ingest.ts";

export interface Happenings extends IngestHappenings {
  /** Only those that are at their end count. */
  commandsMoved(commands: readonly KeptCommand[]): void;
  keysPublished(keyIds: readonly string[]): void;
  brokerProblem(problem: Error): void;
  backgroundProblem(work: string, problem: unknown): void;
}

/** What happens here, told to the log and to the metrics in one place. */
export function happeningsOf(log: Logger, registry: Registry): Happenings {
  const registers = [registry];
  const batches = new Counter({
    name: "robot_gateway_batches_total",
    help: "Batches of robots by verdict.",
    labelNames: ["stream", "verdict"],
    registers,
  });
  const heartbeats = new Counter({
    name: "robot_gateway_heartbeats_total",
    help: "Heartbeats made durable.",
    registers,
  });
  const facts = new Counter({ name: "robot_gateway_facts_total", help: "Facts made durable.", registers });
  const poisons = new Counter({ name: "robot_gateway_quarantined_total", help: "What could not be read.", registers });
  const dropped = new Counter({
    name: "robot_gateway_dropped_batches_total",
    help: "Batches that could not be committed and will be sent again.",
    registers,
  });
  const commands = new Counter({
    name: "robot_gateway_commands_total",
    help: "Commands that came to their end.",
    labelNames: ["kind", "state"],
    registers,
  });
  const commits = new Histogram({
    name: "robot_gateway_commit_seconds",
    help: "From the begin of a group's transaction to its commit.",
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });

  return {
    committed({ judged, sorted }: Committed, ms) {
      commits.observe(ms / 1_000);
      for (const { stream, received } of judged) {
        batches.inc({ stream: stream.stream, verdict: received.verdict });
        const { suspicion } = received;
        if (suspicion) log.error({ robot_id: stream.robotId, suspicion }, "a robot's disk seems to be copied");
      }
      heartbeats.inc(sorted.heartbeats.reduce((sum, { entry }) => sum + entry.samples, 0));
      facts.inc(sorted.facts.length);
      poisons.inc(sorted.poisons.length);
      for (const { robotId, stream, seq, reason } of sorted.poisons) {
        log.warn({ robot_id: robotId, stream, seq, reason }, "an entry was quarantined");
      }
    },
    commandsMoved(moved) {
      for (const { kind, life } of moved) if (hasEnded(life)) commands.inc({ kind, state: life.state });
    },
    dropped(count, problem) {
      dropped.inc(count);
      log.warn({ batches: count, err: problem }, "batches were not committed; the robots will send them again");
    },
    unreadable({ robotId, stream, reason, raw }) {
      poisons.inc();
      log.warn({ robot_id: robotId, stream, reason, bytes: raw.length }, "a message was quarantined");
    },
    keysPublished: (keyIds) => log.info({ key_ids: keyIds }, "the keys that robots believe were published"),
    brokerProblem: (problem) => log.warn({ err: problem }, "the connection to the broker failed"),
    backgroundProblem: (work, problem) => log.warn({ work, err: problem }, "work in the background failed"),
  };
}
