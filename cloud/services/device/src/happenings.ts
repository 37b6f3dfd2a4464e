import type { Logger, Registry } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { Counter } from "prom-client";

type Refusal = "unknown" | "revoked" | "signature" | "malformed" | "mistimed" | "replayed";

export interface Happenings {
  enrolled(robotId: string): void;
  issued(): void;
  /** Counts a refused assertion and answers the fault to throw: the caller learns as little as it can use. */
  refused(reason: Refusal, robotId?: string, details?: Readonly<Record<string, unknown>>): Fault;
}

/** What happens here, told to the log and to the metrics in one place. */
export function happeningsOf(log: Logger, registry: Registry): Happenings {
  const registers = [registry];
  const enrolments = new Counter({ name: "device_enrolments_total", help: "Robots that were claimed.", registers });
  const tokens = new Counter({ name: "device_tokens_issued_total", help: "Tokens given to robots.", registers });
  const refusals = new Counter({
    name: "device_assertions_refused_total",
    help: "Assertions of robots that got no token, by reason.",
    labelNames: ["reason"],
    registers,
  });
  return {
    enrolled(robotId) {
      enrolments.inc();
      log.info({ robot_id: robotId }, "a robot was enrolled");
    },
    issued: () => tokens.inc(),
    refused(reason, robotId, details = {}) {
      refusals.inc({ reason });
      log.warn({ robot_id: robotId, reason }, "a robot's assertion was refused");
      return new Fault(reason === "revoked" ? "robot_revoked" : "credential_refused", details);
    },
  };
}
