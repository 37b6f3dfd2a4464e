import { type UplinkAck, uplinkLimits } from "@kerbside/proto/robot/uplink";

/** Times of the sender, all monotonic milliseconds. */
export const senderTimes = {
  ackTimeoutMs: 5_000,
  backoffFirstMs: 1_000,
  backoffMaxMs: 60_000,
  degradedAfterMs: 60_000,
} as const;

interface Flight {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sentAtMs: number;
}

/** Where one stream of one robot stands with the cloud. Lives in memory; `acked` and `head` come from the disk. */
export interface Sender {
  readonly epoch: number;
  /** The cloud has everything up to here, by its own word. */
  readonly acked: number;
  /** The last number that is safe on our disk. Nothing beyond it is ever sent. */
  readonly head: number;
  readonly nextSeq: number;
  /** The furthest that was sent in this life; an acknowledgement beyond it is not believed. */
  readonly sentSeq: number;
  readonly inFlight: readonly Flight[];
  readonly isConnected: boolean;
  /** Resends since the last progress. */
  readonly retries: number;
  /** Until when the next resend waits. */
  readonly resumeAtMs: number | null;
  /** The cursor for which a lost batch was already answered with a rewind. */
  readonly rewoundAt: number | null;
  /** Round trip of the last batch that was acknowledged and sent once; null before the first of this connection. */
  readonly rttMs: number | null;
  /** The share of batches that had to be sent again, over about the last 25 of this connection. */
  readonly loss: number;
  /** Since when we are connected, have something to send and got nowhere. */
  readonly stuckSinceMs: number | null;
  readonly isDegraded: boolean;
  /** Another journal of this robot is in force, or the disk forgot what the cloud has: only a new epoch helps. */
  readonly halted: "epoch_retired" | "disk_lied" | null;
}

/** What a sender hears. Times are monotonic milliseconds. */
export type SenderInput =
  | { readonly type: "connected"; readonly nowMs: number }
  | { readonly type: "disconnected" }
  | { readonly type: "appended"; readonly head: number; readonly nowMs: number }
  | { readonly type: "sent"; readonly firstSeq: number; readonly lastSeq: number; readonly nowMs: number }
  | { readonly type: "acknowledged"; readonly ack: UplinkAck; readonly nowMs: number }
  /** `jitter` in [0, 1). */
  | { readonly type: "tick"; readonly nowMs: number; readonly jitter: number };

/** What somebody should know: each points at a fault of a disk, of a broker or of the cloud. */
export type SenderReport =
  | { readonly kind: "cursor_went_back"; readonly cursor: number; readonly acked: number }
  | { readonly kind: "unsent_acknowledged"; readonly cursor: number; readonly sent: number }
  | { readonly kind: "other_epoch_acknowledged"; readonly epoch: number }
  /** The cloud follows a younger journal of this robot. */
  | { readonly kind: "epoch_retired"; readonly epoch: number }
  /** The cloud has what our disk has not. */
  | { readonly kind: "disk_lied"; readonly cursor: number; readonly head: number }
  | { readonly kind: "uplink_degraded"; readonly backlog: number }
  | { readonly kind: "uplink_recovered" };

/** What the caller has to do. */
export type SenderCommand =
  | { readonly type: "trim"; readonly upTo: number }
  | { readonly type: "report"; readonly report: SenderReport };

export interface SenderStep {
  readonly sender: Sender;
  readonly commands: readonly SenderCommand[];
}

/** What is known of a connection that has just begun. */
const unmeasured = { retries: 0, resumeAtMs: null, rttMs: null, loss: 0 } as const;
/** How much one batch counts in the loss. */
const lossWeight = 1 / 25;

/** A sender over what an outbox holds, without a connection yet. */
export function startSender(from: Pick<Sender, "epoch" | "acked" | "head">): Sender {
  return {
    ...from,
    nextSeq: from.acked + 1,
    // The program before this one may have sent all that is on the disk; the cloud's cursor may stand anywhere in it.
    sentSeq: from.head,
    inFlight: [],
    isConnected: false,
    retries: 0,
    resumeAtMs: null,
    rewoundAt: null,
    rttMs: null,
    loss: 0,
    stuckSinceMs: null,
    isDegraded: false,
    halted: null,
  };
}

/** Decides; never sends. The caller reads a batch from `sendFrom`, publishes it and says so with `sent`. */
export function stepSender(sender: Sender, input: SenderInput): SenderStep {
  switch (input.type) {
    case "connected":
      return quiet(watch({ ...rewind(sender), ...unmeasured, isConnected: true }, input.nowMs));
    case "disconnected":
      return quiet({ ...rewind(sender), isConnected: false, stuckSinceMs: null, resumeAtMs: null });
    case "appended":
      return quiet(watch({ ...sender, head: Math.max(sender.head, input.head) }, input.nowMs));
    case "sent": {
      const { firstSeq, lastSeq, nowMs } = input;
      const inFlight = [...sender.inFlight, { firstSeq, lastSeq, sentAtMs: nowMs }];
      return quiet({ ...sender, inFlight, nextSeq: lastSeq + 1, sentSeq: Math.max(sender.sentSeq, lastSeq) });
    }
    case "acknowledged":
      return acknowledge(sender, input.ack, input.nowMs);
    case "tick":
      return tick(sender, input.nowMs, input.jitter);
  }
}

/** The number that the next batch begins with; null when nothing may be sent now. */
export function sendFrom(sender: Sender): number | null {
  if (!sender.isConnected || sender.halted || sender.resumeAtMs !== null) return null;
  // After a timeout one batch probes the way; the window opens again on the first progress.
  const inFlightMax = sender.retries > 0 ? 1 : uplinkLimits.inFlightMax;
  if (sender.inFlight.length >= inFlightMax || sender.nextSeq > sender.head) return null;
  return sender.nextSeq;
}

/** When the sender wants its next tick, monotonic milliseconds; null when nothing is pending. */
export function senderDueAtMs(sender: Sender): number | null {
  const oldest = sender.inFlight[0];
  const due = [
    oldest ? oldest.sentAtMs + senderTimes.ackTimeoutMs : Number.POSITIVE_INFINITY,
    sender.resumeAtMs ?? Number.POSITIVE_INFINITY,
    sender.stuckSinceMs === null || sender.isDegraded
      ? Number.POSITIVE_INFINITY
      : sender.stuckSinceMs + senderTimes.degradedAfterMs,
  ];
  const soonest = Math.min(...due);
  return Number.isFinite(soonest) ? soonest : null;
}

function acknowledge(sender: Sender, ack: UplinkAck, nowMs: number): SenderStep {
  const { cursor, epoch } = ack;
  if (epoch > sender.epoch) return report({ ...sender, halted: "epoch_retired" }, { kind: "epoch_retired", epoch });
  if (epoch < sender.epoch) return report(sender, { kind: "other_epoch_acknowledged", epoch });
  if (cursor < sender.acked) return report(sender, { kind: "cursor_went_back", cursor, acked: sender.acked });
  if (cursor > sender.head) {
    return report({ ...sender, halted: "disk_lied" }, { kind: "disk_lied", cursor, head: sender.head });
  }
  if (cursor > sender.sentSeq) return report(sender, { kind: "unsent_acknowledged", cursor, sent: sender.sentSeq });
  if (cursor === sender.acked) return quiet(answerLoss(sender));
  const taken = sender.inFlight.filter((flight) => flight.lastSeq <= cursor);
  const last = taken.at(-1);
  const progressed: Sender = {
    ...sender,
    // An answer to a batch that was sent again may be to either copy, and measures nothing.
    rttMs: last && sender.retries === 0 ? nowMs - last.sentAtMs : sender.rttMs,
    loss: lossAfter(sender.loss, taken.length, 0),
    acked: cursor,
    nextSeq: Math.max(sender.nextSeq, cursor + 1),
    inFlight: sender.inFlight.filter((flight) => flight.lastSeq > cursor),
    retries: 0,
    resumeAtMs: null,
    rewoundAt: null,
    stuckSinceMs: null,
    isDegraded: false,
  };
  const commands: SenderCommand[] = [{ type: "trim", upTo: cursor }];
  if (sender.isDegraded) commands.push({ type: "report", report: { kind: "uplink_recovered" } });
  return { sender: watch(progressed, nowMs), commands };
}

/**
 * The present cursor again, while more is under way: a batch was lost and those behind it left a gap. Each of them is
 * answered so; only the first answer for a cursor rewinds, or four lost batches would be sent sixteen times.
 */
function answerLoss(sender: Sender): Sender {
  if (sender.inFlight.length === 0 || sender.rewoundAt === sender.acked) return sender;
  return { ...rewind(sender), rewoundAt: sender.acked, loss: lossAfter(sender.loss, 1, 1) };
}

function tick(sender: Sender, nowMs: number, jitter: number): SenderStep {
  let next = sender;
  const oldest = next.inFlight[0];
  if (next.resumeAtMs !== null && nowMs >= next.resumeAtMs) next = { ...next, resumeAtMs: null };
  if (oldest && nowMs >= oldest.sentAtMs + senderTimes.ackTimeoutMs) {
    const waitMs = Math.min(senderTimes.backoffMaxMs, senderTimes.backoffFirstMs * 2 ** next.retries);
    const resumeAtMs = nowMs + Math.round(waitMs * (0.5 + jitter / 2));
    const loss = lossAfter(next.loss, next.inFlight.length, 1);
    next = { ...rewind(next), rewoundAt: null, retries: next.retries + 1, resumeAtMs, loss };
  }
  const isStuck = next.stuckSinceMs !== null && nowMs - next.stuckSinceMs >= senderTimes.degradedAfterMs;
  if (!isStuck || next.isDegraded) return quiet(next);
  return report({ ...next, isDegraded: true }, { kind: "uplink_degraded", backlog: next.head - next.acked });
}

/** The loss after so many more batches, each of which was lost (1) or not (0). */
function lossAfter(loss: number, batches: number, lost: 0 | 1): number {
  const kept = (1 - lossWeight) ** batches;
  return loss * kept + lost * (1 - kept);
}

function rewind(sender: Sender): Sender {
  return { ...sender, nextSeq: sender.acked + 1, inFlight: [] };
}

/** Begins to time the drain when there is something to send and somebody to send it to. */
function watch(sender: Sender, nowMs: number): Sender {
  if (!sender.isConnected || sender.head <= sender.acked) return { ...sender, stuckSinceMs: null };
  return { ...sender, stuckSinceMs: sender.stuckSinceMs ?? nowMs };
}

function quiet(sender: Sender): SenderStep {
  return { sender, commands: [] };
}

function report(sender: Sender, what: SenderReport): SenderStep {
  return { sender, commands: [{ type: "report", report: what }] };
}
