import { parseTopic, streams, topics } from "@kerbside/proto/robot/topics";

/** Who holds a connection to the broker. */
export type BrokerIdentity = { readonly kind: "service" } | { readonly kind: "robot"; readonly robotId: string };

/** A robot speaks on its own uplink and link topics; our service account on all. */
export function mayPublish(identity: BrokerIdentity, topic: string): boolean {
  if (identity.kind === "service") return !topic.startsWith("$");
  const parsed = parseTopic(topic);
  return parsed !== null && parsed.robotId === identity.robotId && (parsed.kind === "up" || parsed.kind === "link");
}

/** A robot hears what is said to it; our service account all. Filters with wildcards must be exactly the known ones. */
export function maySubscribe(identity: BrokerIdentity, filter: string): boolean {
  if (identity.kind === "service") return true;
  const { robotId } = identity;
  const own = [topics.acks(robotId), topics.command(robotId), topics.drive(robotId)];
  return own.includes(filter) || streams.some((stream) => filter === topics.ack(robotId, stream));
}
