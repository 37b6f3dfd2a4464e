import { type Appended, appended, type NewEvent } from "@kerbside/cloud-kit/service";
import type { EventType } from "@kerbside/proto/base/event";
import { derivedId } from "@kerbside/proto/base/ids.derived";
import { toInstant } from "@kerbside/proto/base/time";
import {
  custodyChanged,
  grantRevoked,
  lidChanged,
  missionProgressed,
  robotStateChanged,
  safetyChanged,
  unlockRefused,
} from "@kerbside/proto/events/robots";
import type { JournalEntry } from "@kerbside/proto/robot/journal";
import type { Stream } from "@kerbside/proto/robot/topics";

/** One fact in its place in the robot's journal. */
export interface PlacedFact {
  readonly robotId: string;
  readonly organizationId: string;
  readonly stream: Stream;
  readonly epoch: number;
  readonly seq: number;
  readonly entry: JournalEntry;
}

/** What other services hear of a fact; null for those that matter only here. The same fact is always the same event. */
export function announce(fact: PlacedFact): Appended | null {
  const { entry, robotId: robot_id } = fact;
  switch (entry.type) {
    case "lid_changed":
      return eventOf(lidChanged, fact, { robot_id, ...entry.body });
    case "unlock_refused":
      return eventOf(unlockRefused, fact, { robot_id, ...entry.body });
    case "custody_changed":
      return eventOf(custodyChanged, fact, { robot_id, ...entry.body });
    case "grant_revoked":
      return eventOf(grantRevoked, fact, { robot_id, ...entry.body });
    case "safety_changed":
      return eventOf(safetyChanged, fact, { robot_id, ...entry.body });
    case "mission_progressed":
      return eventOf(missionProgressed, fact, { robot_id, ...entry.body });
    case "state_changed":
      return eventOf(robotStateChanged, fact, { robot_id, ...entry.body });
    case "journal_started":
    case "unlock_intended":
    case "command_received":
    case "command_rejected":
    case "command_intended":
    case "command_finished":
    case "time_suspected":
      return null;
  }
}

function eventOf<E extends EventType>(type: E, fact: PlacedFact, body: NewEvent<E>["body"]): Appended {
  const { robotId, organizationId, epoch, stream, seq, entry } = fact;
  return appended<E>(type, {
    event_id: derivedId(robotId, epoch, stream, seq),
    subject_id: robotId,
    organization_id: organizationId,
    event_time: robotInstant(entry.event_time),
    actor: entry.actor,
    robot_seq: { epoch, stream, seq },
    body,
  });
}

/** The last instant that a page's cursor can say, in the year 2286. */
const lastMs = 9_999_999_999_999;

/** A robot's clock may say anything; an instant cannot. The number itself stays in the robot's own bytes. */
export function robotInstant(robotMs: number): string {
  return toInstant(Math.min(Math.max(0, robotMs), lastMs));
}
