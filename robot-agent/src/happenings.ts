import type { Stream } from "@kerbside/proto/robot/topics";
import type { FollowerProblem } from "@kerbside/sync/downlink";
import type { SenderReport } from "@kerbside/sync/uplink";

/** What happens in an agent that its operator may want to read. Ids and values stand in fields, not in sentences. */
export type Happening =
  | { readonly type: "started"; readonly bootId: string; readonly reason: "first_start" | "restart" | "repaired" }
  | { readonly type: "stopped" }
  /** Nothing was heard of the lid for seconds: its cable, its controller, or the address after `--lid`. */
  | { readonly type: "lid_silent" }
  | { readonly type: "lid_heard" }
  | { readonly type: "link_up" }
  | { readonly type: "link_down" }
  | { readonly type: "link_problem"; readonly message: string }
  | { readonly type: "mirror_problem"; readonly problem: FollowerProblem }
  | { readonly type: "uplink_report"; readonly stream: Stream; readonly report: SenderReport }
  | { readonly type: "disk_fault"; readonly message: string }
  | { readonly type: "disk_recovered" }
  | { readonly type: "file_moved_aside"; readonly movedTo: string }
  | { readonly type: "entries_lost"; readonly seqs: readonly number[] }
  | { readonly type: "epoch_begun"; readonly stream: Stream; readonly epoch: number }
  | { readonly type: "heartbeats_lost"; readonly message: string }
  | { readonly type: "message_unreadable"; readonly topic: string; readonly detail: string }
  | { readonly type: "keys_refused"; readonly count: number };

export type HappeningLevel = "info" | "warn" | "error";

/** `error` means that somebody should look today, `warn` that they should if it repeats. */
export function levelOf(happening: Happening): HappeningLevel {
  switch (happening.type) {
    case "started":
      return happening.reason === "repaired" ? "error" : "info";
    case "stopped":
    case "lid_heard":
    case "link_up":
    case "link_down":
    case "disk_recovered":
      return "info";
    case "link_problem":
    case "mirror_problem":
    case "message_unreadable":
      return "warn";
    case "uplink_report":
      return happening.report.kind === "uplink_recovered" ? "info" : "error";
    case "disk_fault":
    case "lid_silent":
    case "file_moved_aside":
    case "entries_lost":
    case "epoch_begun":
    case "heartbeats_lost":
    case "keys_refused":
      return "error";
  }
}

export interface Problem {
  readonly atMs: number;
  readonly happening: Happening;
  /** How often it happened in a row. */
  readonly times: number;
}

const keptMax = 20;

/** Passes happenings on, each repetition once, and keeps the last troubles for whoever looks at the robot. */
export class HappeningLog {
  readonly #nowMs: () => number;
  readonly #tell: (happening: Happening) => void;
  readonly #last = new Map<Happening["type"], string>();
  #problems: readonly Problem[] = [];

  constructor(nowMs: () => number, tell: (happening: Happening) => void) {
    this.#nowMs = nowMs;
    this.#tell = tell;
  }

  /** Newest last. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  add(happening: Happening): void {
    const text = JSON.stringify(happening);
    const isRepeated = this.#last.get(happening.type) === text;
    this.#last.set(happening.type, text);
    if (levelOf(happening) !== "info") this.#keep(happening, text);
    else if (happening.type !== "link_down") this.#forgetTroublesOf(happening);
    if (!isRepeated || levelOf(happening) === "info") this.#tell(happening);
  }

  /** What is over may be told again when it comes back. */
  #forgetTroublesOf(happening: Happening): void {
    if (happening.type === "link_up") this.#last.delete("link_problem");
    if (happening.type === "disk_recovered") this.#last.delete("disk_fault");
    if (happening.type === "lid_heard") this.#last.delete("lid_silent");
  }

  #keep(happening: Happening, text: string): void {
    const last = this.#problems.findLast((problem) => JSON.stringify(problem.happening) === text);
    const others = this.#problems.filter((problem) => problem !== last);
    const problem = { atMs: this.#nowMs(), happening, times: (last?.times ?? 0) + 1 };
    this.#problems = [...others, problem].slice(-keptMax);
  }
}
