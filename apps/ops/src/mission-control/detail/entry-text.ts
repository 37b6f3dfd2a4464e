import { labelOf, type Label } from "@kerbside/apps-kit/state/tone.ts";
import type { TimelineEntry } from "@kerbside/proto/routes/robot-gateway";
import { lidTable } from "@kerbside/proto/states/lid";
import { motionTable } from "@kerbside/proto/states/robot-motion";

type Body = TimelineEntry["body"];

/** A fact that a robot recorded, in one line for a person. A type that we do not know is named. */
export function entryText({ type, body }: Pick<TimelineEntry, "type" | "body">): Label {
  return Object.hasOwn(texts, type) ? (texts[type]?.(body) ?? unknown(type)) : unknown(type);
}

const texts: Readonly<Record<string, (body: Body) => Label>> = {
  journal_started: (body) => ({
    text: `Program started (${word(body, "reason")}, ${word(body, "software")})`,
    tone: "neutral",
  }),
  unlock_intended: (body) => ({ text: `Unlocking to ${word(body, "purpose")}`, tone: "active" }),
  unlock_refused: (body) => ({ text: `Refused to open: ${word(body, "reason")}`, tone: "warn" }),
  lid_changed: (body) => {
    const to = labelOf(lidTable, text(body, "to"));
    const flags = Array.isArray(body["flags"]) ? body["flags"].map((flag) => String(flag).replaceAll("_", " ")) : [];
    if (flags.length > 0) return { text: `Lid ${to.text}: ${flags.join(", ")}`, tone: "bad" };
    return { text: `Lid ${to.text}`, tone: to.tone };
  },
  command_received: (body) => ({ text: `Heard a command (by ${word(body, "road")})`, tone: "neutral" }),
  command_rejected: (body) => ({ text: `Refused a command: ${word(body, "reason")}`, tone: "warn" }),
  command_intended: (body) => ({ text: `Carrying out: ${word(body, "kind")}`, tone: "active" }),
  command_finished: (body) => {
    const detail = text(body, "detail");
    const tail = detail === "" ? "" : ` (${detail})`;
    return { text: `Command ${word(body, "outcome")}${tail}`, tone: body["outcome"] === "succeeded" ? "good" : "bad" };
  },
  grant_revoked: () => ({ text: "An access grant was revoked", tone: "neutral" }),
  custody_changed: (body) => ({ text: `Goods passed from ${word(body, "from")} to ${word(body, "to")}`, tone: "good" }),
  safety_changed: (body) => {
    const to = labelOf(motionTable, text(body, "to"));
    return { text: `Robot ${to.text}: ${word(body, "cause")}`, tone: to.tone };
  },
  mission_progressed: (body) => {
    const stop = text(body, "stop");
    const place = stop === "" ? "" : ` (${stop})`;
    const reason = text(body, "reason") === "" ? "" : `: ${text(body, "reason")}`;
    return { text: `Mission ${word(body, "happened")}${place}${reason}`, tone: reason === "" ? "active" : "warn" };
  },
  state_changed: (body) => ({ text: `${capital(word(body, "dimension"))}: ${word(body, "to")}`, tone: "neutral" }),
  time_suspected: () => ({ text: "The robot doubts its clock", tone: "warn" }),
};

function unknown(type: string): Label {
  return { text: type.replaceAll("_", " "), tone: "neutral" };
}

function text(body: Body, field: string): string {
  const value = body[field];
  return typeof value === "string" ? value : "";
}

function word(body: Body, field: string): string {
  return text(body, field).replaceAll("_", " ");
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
