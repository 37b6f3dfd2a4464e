import { appended, type Outbox, type Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { robotSuspected } from "@kerbside/proto/events/robots";
import type { UplinkAck, UplinkBatch } from "@kerbside/proto/robot/uplink";
import { receive, type StreamCursor } from "@kerbside/sync/uplink";
import { type KeptCommand, waitingOpenings } from "../commands/commands.pg.ts";
import { cancelCommand, hearEvidence } from "../commands/lives.pg.ts";
import { verifierOf } from "../keys/signer.ts";
import { concernsLatest, hearFact } from "../latest/latest.ts";
import { lockLatest, saveLatest } from "../latest/latest.pg.ts";
import { buryEndedMissions, buryKinds } from "../mirror/mirror.pg.ts";
import { suspectRobots } from "../robots/robots.pg.ts";
import { service } from "../service-actor.ts";
import { announce, type PlacedFact } from "./announce.ts";
import { keyOf, type LockedStream, lockStreams, saveCursors } from "./cursors.pg.ts";
import { keepHeartbeats } from "./heartbeats.pg.ts";
import { keepJournal } from "./journal.pg.ts";
import { bytesOf } from "./quarantine.ts";
import { setAside } from "./quarantine.pg.ts";
import { isRefusedData, wordsOf } from "./refusal.pg.ts";
import { type Judged, type Sorted, sortOut } from "./sort-out.ts";

/** One readable batch as it arrived. */
export interface Arrival {
  readonly robotId: string;
  readonly batch: UplinkBatch;
  readonly bytes: number;
}

export interface CommitPorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** What is true once the transaction has been committed. */
export interface Committed {
  readonly judged: readonly Judged[];
  readonly sorted: Sorted;
  /** The last word on each stream. */
  readonly acks: readonly { readonly robotId: string; readonly ack: Omit<UplinkAck, "cloud_time"> }[];
  readonly moved: readonly KeptCommand[];
}

/**
 * Judges a group of batches and writes all that follows, under the locks of their cursors: entries, their events, what
 * they say about commands and about the robot's latest word, and the cursors. Batches of unknown robots leave no trace.
 * `one_by_one` finds out which fact the database refuses, and sets that one aside.
 */
export async function commitGroup(
  tx: Transaction,
  { arrivals, how }: { readonly arrivals: readonly Arrival[]; readonly how: "together" | "one_by_one" },
  ports: CommitPorts,
): Promise<Committed> {
  const streams = await lockStreams(tx, distinctKeys(arrivals));
  const judged = judge(arrivals, streams);
  const sorted = sortOut(judged);
  const nowInstant = toInstant(ports.clock.now());
  await saveCursors(tx, lastCursors(judged));
  await keepHeartbeats(tx, sorted.heartbeats);
  await keepJournal(tx, sorted.gaps, nowInstant);
  const moved = how === "together" ? await keepFacts(tx, sorted.facts, ports) : await keepEachFact(tx, sorted, ports);
  await setAside(tx, sorted.poisons, nowInstant);
  const takenBack = await tellSuspects(tx, judged, ports);
  return { judged, sorted, acks: lastAcks(judged), moved: [...moved, ...takenBack] };
}

/** Facts with all that follows from them. Answers the commands that they moved. */
async function keepFacts(
  tx: Transaction,
  facts: readonly PlacedFact[],
  ports: CommitPorts,
): Promise<readonly KeptCommand[]> {
  if (facts.length === 0) return [];
  const nowMs = ports.clock.now();
  await keepJournal(tx, facts, toInstant(nowMs));
  await ports.outbox.appendAll(
    tx,
    facts.flatMap((fact) => announce(fact) ?? []),
  );
  await hearFacts(tx, facts, nowMs);
  await buryEndedMissions(tx, endedMissions(facts), toInstant(nowMs));
  return hearEvidence(tx, facts, ports);
}

async function keepEachFact(tx: Transaction, sorted: Sorted, ports: CommitPorts): Promise<readonly KeptCommand[]> {
  const moved: KeptCommand[] = [];
  for (const fact of sorted.facts) {
    try {
      moved.push(...(await tx.transaction((inner) => keepFacts(inner, [fact], ports))));
    } catch (problem) {
      if (!isRefusedData(problem)) throw problem;
      const { robotId, stream, epoch, seq, entry } = fact;
      sorted.poisons.push({ robotId, stream, epoch, seq, reason: `stored: ${wordsOf(problem)}`, raw: bytesOf(entry) });
    }
  }
  return moved;
}

/** In the order of arrival; a later batch of a stream meets the cursor that the earlier one left. */
function judge(arrivals: readonly Arrival[], streams: ReadonlyMap<string, LockedStream>): readonly Judged[] {
  const cursors = new Map<string, StreamCursor | null>();
  return arrivals.flatMap((arrival) => {
    const { robotId, batch } = arrival;
    const key = keyOf({ robotId, stream: batch.stream });
    const stream = streams.get(key);
    if (!stream) return [];
    const known = cursors.has(key) ? (cursors.get(key) ?? null) : stream.cursor;
    // Few batches carry a signature, and making a key takes longer than judging one.
    const verify = (text: string, signature: string) => verifierOf(stream.publicKey)(text, signature);
    const received = receive(known, batch, { id: robotId, verify });
    cursors.set(key, received.cursor ?? known);
    return [{ epoch: batch.epoch, stream, received }];
  });
}

function distinctKeys(arrivals: readonly Arrival[]) {
  const keys = arrivals.map(({ robotId, batch }) => ({ robotId, stream: batch.stream }));
  return [...new Map(keys.map((key) => [keyOf(key), key])).values()];
}

function lastCursors(judged: readonly Judged[]) {
  const moved = judged.flatMap(({ stream: { robotId, stream }, received: { cursor } }) =>
    cursor ? [{ robotId, stream, cursor }] : [],
  );
  return [...new Map(moved.map((row) => [keyOf(row), row])).values()];
}

function lastAcks(judged: readonly Judged[]): Committed["acks"] {
  const acks = judged.flatMap(({ stream: { robotId }, received: { ack } }) => (ack ? [{ robotId, ack }] : []));
  return [...new Map(acks.map((row) => [keyOf({ robotId: row.robotId, stream: row.ack.stream }), row])).values()];
}

async function hearFacts(tx: Transaction, facts: readonly PlacedFact[], nowMs: number): Promise<void> {
  const concerned = facts.filter(({ entry }) => concernsLatest(entry));
  const byRobot = Map.groupBy(concerned, ({ robotId }) => robotId);
  const before = await lockLatest(tx, [...byRobot.keys()]);
  const after = before.map((row) =>
    (byRobot.get(row.robot_id) ?? []).reduce((latest, { entry }) => hearFact(latest, entry, nowMs), row),
  );
  await saveLatest(
    tx,
    after.filter((row, index) => row !== before[index]),
  );
}

function endedMissions(facts: readonly PlacedFact[]) {
  return facts.flatMap(({ robotId, entry }) => {
    if (entry.type !== "mission_progressed") return [];
    const { happened, mission_id } = entry.body;
    const isOver = happened === "completed" || happened === "aborted" || happened === "refused";
    return isOver ? [{ robotId, missionId: mission_id }] : [];
  });
}

/** Two disks that claim to be one robot: neither opens a lid any more, by order or by grant. Answers the orders that it took back. */
async function tellSuspects(
  tx: Transaction,
  judged: readonly Judged[],
  { outbox, clock }: CommitPorts,
): Promise<readonly KeptCommand[]> {
  const suspects = judged.flatMap(({ stream, received: { suspicion } }) =>
    suspicion ? [{ robotId: stream.robotId, organizationId: stream.organizationId, suspicion }] : [],
  );
  const nowInstant = toInstant(clock.now());
  const newly = await suspectRobots(tx, suspects, nowInstant);
  for (const robotId of newly) await buryKinds(tx, { robotId, kinds: ["grant"] }, nowInstant);
  const takenBack: KeptCommand[] = [];
  for (const commandId of await waitingOpenings(tx, newly)) {
    const order = { commandId, reason: "robot_suspected", actor: service };
    const cancelled = await cancelCommand(tx, order, { outbox, clock });
    if (cancelled.ok) takenBack.push(cancelled.value);
  }
  const told = newly.flatMap((robotId) => suspects.find((suspect) => suspect.robotId === robotId) ?? []);
  await outbox.appendAll(
    tx,
    told.map(({ robotId, organizationId, suspicion }) =>
      appended(robotSuspected, {
        subject_id: robotId,
        organization_id: organizationId,
        event_time: nowInstant,
        actor: service,
        body: { robot_id: robotId, suspicion },
      }),
    ),
  );
  return takenBack;
}
