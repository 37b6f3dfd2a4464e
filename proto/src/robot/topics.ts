/** The streams of one robot's uplink, most precious first; each has its own sequence and cursor. */
export const streams = ["p0", "p1", "p2"] as const;
export type Stream = (typeof streams)[number];

const root = "kerbside/v1";

/** Where each kind of message travels. Everything below `kerbside/v1/{robot_id}/` belongs to that robot alone. */
export const topics = {
  up: (robotId: string, stream: Stream): string => `${root}/${robotId}/up/${stream}`,
  ack: (robotId: string, stream: Stream): string => `${root}/${robotId}/ack/${stream}`,
  acks: (robotId: string): string => `${root}/${robotId}/ack/+`,
  command: (robotId: string): string => `${root}/${robotId}/command`,
  link: (robotId: string): string => `${root}/${robotId}/link`,
  drive: (robotId: string): string => `${root}/${robotId}/drive`,
  everyUp: `${root}/+/up/+`,
  everyLink: `${root}/+/link`,
} as const;

export type Topic =
  | { readonly kind: "up" | "ack"; readonly robotId: string; readonly stream: Stream }
  | { readonly kind: "command" | "link" | "drive"; readonly robotId: string };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads a topic; null for anything that is not exactly one of ours, wildcards included. */
export function parseTopic(topic: string): Topic | null {
  const parts = topic.split("/");
  const [a, b, robotId, kind, stream] = parts;
  if (`${a}/${b}` !== root || !robotId || !uuid.test(robotId)) return null;
  if ((kind === "up" || kind === "ack") && parts.length === 5) {
    const known = streams.find((name) => name === stream);
    return known ? { kind, robotId, stream: known } : null;
  }
  if ((kind === "command" || kind === "link" || kind === "drive") && parts.length === 4) return { kind, robotId };
  return null;
}
